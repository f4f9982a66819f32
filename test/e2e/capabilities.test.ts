import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import type { PeerEventOf } from '../../src/events.js'
import { withoutNativeLibrary } from '../sdp/without-native-library.js'
import { startCli, type StartCliOptions } from '../support/cli.js'
import { temporaryDirectory } from '../support/files.js'

async function capabilities(options: StartCliOptions = {}): Promise<PeerEventOf<'capabilities'>> {
  await using cli = startCli(['capabilities', '--json'], options)
  const { code, events } = await cli.exit
  expect(code).toBe(0)
  expect(events.map(({ event }) => event)).toEqual(['capabilities', 'exit'])
  return cli.waitForEvent('capabilities')
}

describe('capabilities', () => {
  it('tells what this installation can do', async () => {
    const event = await capabilities()
    expect(event).toMatchObject({
      version: packageJson.version,
      node: process.version,
      nativeLibrary: { name: '@roamhq/wrtc', version: '0.10.0', available: true, reason: null },
      dataChannel: { maxMessageSize: 262_144 },
    })
    for (const direction of ['send', 'receive']) {
      expect(event.codecs).toContainEqual(
        expect.objectContaining({ direction, kind: 'audio', name: 'opus', clockRate: 48_000, channels: 2 }),
      )
      expect(event.codecs).toContainEqual(
        expect.objectContaining({ direction, kind: 'video', name: 'VP8', clockRate: 90_000 }),
      )
    }
    expect(event.headerExtensions).toContainEqual(expect.objectContaining({ kind: 'video', name: 'mid' }))
    expect(event.sources.video).toContain('bars')
    expect(event.sources.audio).toContain('tone[:HZ]')
    expect(event.sourceRanges).toMatchObject({
      width: { min: 16, max: 4096 },
      frameRate: { min: 1, max: 60 },
    })
    expect(event.recorders).toContainEqual({ format: 'y4m', available: true, missing: [] })
    if (process.platform !== 'linux') return
    expect(event.system.receiveBufferMax).toBeGreaterThan(0)
    expect(event.system.openFiles).toBeGreaterThan(0)
  })

  it('finds no program where PATH has none, and says so with 0', async () => {
    const { programs } = await capabilities({ env: { PATH: '/nonexistent:.' } })
    expect(programs.map(({ name, path, version }) => [name, path, version])).toEqual([
      ['ffmpeg', null, null],
      ['ffplay', null, null],
    ])
  })

  it('starts ffmpeg once for all that it tells of it', async () => {
    const directory = await temporaryDirectory()
    const ffmpeg = join(directory, 'ffmpeg')
    await writeFile(ffmpeg, '#!/bin/sh\necho started >> "$0.log"\necho "ffmpeg version 7.1" >&2\n')
    await chmod(ffmpeg, 0o755)
    await using cli = startCli(['capabilities', '--json', '--ffmpeg', ffmpeg], {
      env: withoutNativeLibrary(),
    })
    const { programs, recorders } = await cli.waitForEvent('capabilities')
    expect(programs[0]).toMatchObject({ name: 'ffmpeg', path: ffmpeg, version: '7.1' })
    expect(recorders).toContainEqual({ format: 'ogg', available: false, missing: ['libopus'] })
    expect(await readFile(`${ffmpeg}.log`, 'utf8')).toBe('started\n')
    expect((await cli.exit).code).toBe(0)
  })

  it('tells why the native library does not load, with 0', async () => {
    const event = await capabilities({ env: withoutNativeLibrary() })
    expect(event.nativeLibrary).toMatchObject({ version: null, available: false })
    expect(event.nativeLibrary.reason).toContain('no build for this platform')
    expect(event.codecs).toEqual([])
  })

  it('prints a table to people', async () => {
    await using cli = startCli(['capabilities'])
    const { code, stdout } = await cli.exit
    expect(code).toBe(0)
    expect(stdout).toMatch(/^video +VP8 +90000 +- +send, receive/m)
    expect(stdout).toContain('data channel messages  up to 262144 bytes')
  })
})

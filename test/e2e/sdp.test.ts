import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BROWSER_OFFER, lineOf, mutate } from '../sdp/browser-offer.js'
import { startCli } from '../support/cli.js'
import { withoutNativeLibrary } from '../sdp/without-native-library.js'
import { temporaryDirectory } from '../support/files.js'

async function writeSdp(sdp: string, name = 'offer.sdp'): Promise<string> {
  const path = join(await temporaryDirectory(), name)
  await writeFile(path, sdp)
  return path
}

async function sdp(args: string[], stdin: string = 'ignore') {
  await using cli = startCli(['sdp', ...args], { stdin })
  // Awaited here: disposal kills what still runs.
  return await cli.exit
}

const BROKEN = mutate(BROWSER_OFFER, 'a=ice-ufrag:wX3k\n', '')

describe('sdp', () => {
  it('explains a file, and tells what is wrong with it, with 0', async () => {
    const { code, stdout } = await sdp([await writeSdp(BROKEN)])
    expect(code).toBe(0)
    expect(stdout).toContain('mid 1: video, UDP/TLS/RTP/SAVPF')
    expect(stdout).toMatch(/offer\.sdp:8: error: .*\(RFC 8839 §5\.4, ice-credentials-missing\)/)
  })

  it.each([
    ['bare', BROWSER_OFFER, null],
    ['as JSON', JSON.stringify({ type: 'offer', sdp: BROWSER_OFFER }), 'offer'],
  ])('reads standard input (%s) and prints events', async (_what, stdin, type) => {
    for (const args of [['--json'], ['-', '--json']]) {
      const { code, events } = await sdp(args, stdin)
      expect(code).toBe(0)
      expect(events.map(({ event }) => event)).toEqual(['sdp', 'exit'])
      expect(events[0]).toMatchObject({
        file: '-',
        type,
        explanation: { media: [{ mid: '0' }, { mid: '1' }, { mid: '2' }] },
      })
    }
  })

  it('lints with 1 on an error, naming the line', async () => {
    const { code, events } = await sdp(['--lint', '--json'], BROKEN)
    expect(code).toBe(1)
    expect(events.map(({ event }) => event)).toEqual(['sdp-finding', 'exit'])
    expect(events[0]).toMatchObject({ rule: 'ice-credentials-missing', line: lineOf(BROKEN, 'm=audio') })
  })

  it.each([
    ['nothing to say', BROWSER_OFFER, 0],
    ['a warning', BROWSER_OFFER.replaceAll('\r\n', '\n'), 1],
  ])('lints with 0 where there is %s', async (_what, text, findings) => {
    const { code, stdout } = await sdp(['--lint'], text)
    expect(code).toBe(0)
    expect(stdout.split('\n')).toHaveLength(findings + 1)
  })

  it('compares two files: 0 when they mean the same, 1 when not', async () => {
    const before = await writeSdp(BROWSER_OFFER)
    const same = await writeSdp(mutate(BROWSER_OFFER, 'a=rtcp-mux\na=rtcp-rsize', 'a=rtcp-rsize\na=rtcp-mux'))
    const other = await writeSdp(mutate(BROWSER_OFFER, 'a=sendonly', 'a=inactive'))
    expect(await sdp(['--diff', before, same])).toMatchObject({ code: 0, stdout: '' })
    expect(await sdp(['--diff', '-', same], BROWSER_OFFER)).toMatchObject({ code: 0, stdout: '' })
    const { code, events } = await sdp(['--diff', before, other, '--json'])
    expect(code).toBe(1)
    expect(events).toMatchObject([
      {
        event: 'sdp-difference',
        mid: '1',
        subject: 'direction',
        change: 'changed',
        files: { before, after: other },
      },
      { event: 'exit', code: 1 },
    ])
  })

  it.each([
    ['a missing file', ['no-such.sdp'], 'ignore', 66, 'Cannot read no-such.sdp: it does not exist.'],
    ['a directory', ['src'], 'ignore', 66, 'Cannot read src: it is a directory.'],
    ['no description', [], 'hello', 65, 'No session description in standard input'],
    ['more than a megabyte', [], 'x'.repeat(1024 * 1024 + 1), 65, 'has more than 1048576 bytes'],
    ['one file to compare', ['--diff', 'a.sdp'], 'ignore', 64, '--diff compares two files, got 1.'],
    ['an unknown option', ['--lnit'], BROWSER_OFFER, 64, 'There is no option --lnit.'],
    ['--lint with --diff', ['--diff', '--lint', 'a', 'b'], 'ignore', 64, 'cannot go together'],
    ['standard input twice', ['-', '-'], BROWSER_OFFER, 64, 'can be read once only'],
  ])('refuses %s', async (_what, args, stdin, expected, message) => {
    const { code, stderr } = await sdp(args, stdin)
    expect(stderr).toContain(message)
    expect(code).toBe(expected)
  })

  it('needs no native library', async () => {
    await using cli = startCli(['sdp', '--lint'], { stdin: BROWSER_OFFER, env: withoutNativeLibrary() })
    expect(await cli.exit).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  it('ends on a signal while it waits for standard input', async () => {
    await using cli = startCli(['sdp', '--json'], { stdin: 'pipe' })
    await cli.write('v=0\r\n')
    cli.kill('SIGTERM')
    const { code, signal } = await cli.exit
    // Before the handlers are there the signal itself ends it.
    expect(signal ?? code).toBeOneOf([143, 'SIGTERM'])
  })
})

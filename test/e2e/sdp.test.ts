import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BROWSER_OFFER, lineOf, mutate } from '../sdp/browser-offer.js'
import { runTogether, startCli } from '../support/cli.js'
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

  it('reads standard input, bare and as JSON, and prints events', async () => {
    const given = [
      [BROWSER_OFFER, null],
      [JSON.stringify({ type: 'offer', sdp: BROWSER_OFFER }), 'offer'],
    ] as const
    const runs = given.flatMap(([stdin, type]) =>
      [['--json'], ['-', '--json']].map((args) => ({ args: ['sdp', ...args], stdin, type })),
    )
    for (const [index, { code, events }] of (await runTogether(runs)).entries()) {
      expect(code).toBe(0)
      expect(events.map(({ event }) => event)).toEqual(['sdp', 'exit'])
      expect(events[0]).toMatchObject({
        file: '-',
        type: runs[index]?.type,
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

  it('refuses what it cannot read', async () => {
    const refused = [
      [66, ['no-such.sdp'], undefined, 'Cannot read no-such.sdp: it does not exist.'],
      [66, ['src'], undefined, 'Cannot read src: it is a directory.'],
      [65, [], 'hello', 'No session description in standard input'],
      [64, ['--diff', 'a.sdp'], undefined, '--diff compares two files, got 1.'],
      [64, ['--lnit'], BROWSER_OFFER, 'There is no option --lnit.'],
      [64, ['--diff', '--lint', 'a', 'b'], undefined, 'cannot go together'],
      [64, ['-', '-'], BROWSER_OFFER, 'can be read once only'],
    ] as const
    const exits = await runTogether(refused.map(([, args, stdin]) => ({ args: ['sdp', ...args], stdin })))
    expect(exits).toMatchObject(
      refused.map(([code, , , message]) => ({ code, stderr: expect.stringContaining(message) })),
    )
  })

  it('refuses more than a megabyte', async () => {
    const { code, stderr } = await sdp([], 'x'.repeat(1024 * 1024 + 1))
    expect(stderr).toContain('has more than 1048576 bytes')
    expect(code).toBe(65)
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

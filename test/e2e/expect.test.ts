import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { startCli } from '../support/cli.js'
import { isMissing, startCoturn } from '../support/coturn.js'
import { temporaryDirectory, writeRandomFile } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

const expectations = (...expressions: string[]) => expressions.flatMap((text) => ['--expect', text])

const judged = (events: readonly PeerEvent[]) =>
  events.filter((event): event is PeerEventOf<'expect'> => event.event === 'expect')

/** A call between two processes, the first of which is held to the options. */
async function call(options: string[], { answer = ['--message', 'hi'] }: { answer?: string[] } = {}) {
  await using server = await openSignalingServer()
  const place = ['--room', 'x', '--signal', server.url, '--json']
  await using offerer = startCli(['offer', ...place, ...options])
  await using answerer = startCli(['answer', ...place, ...answer])
  const [offered] = await Promise.all([offerer.exit, answerer.exit])
  return offered
}

describe('--expect', () => {
  it('holds: 0, and a run of a moment has its first and last sample', async () => {
    const { code, events } = await call([
      '--message',
      'one',
      ...expectations(
        'path == direct and path.local == host',
        'connect.time < 20s',
        'chat.received == 1 and chat.sent == 1',
        'transport.send > 0',
        'candidates.local includes host',
        'warnings == 0',
      ),
    ])
    expect(judged(events).filter(({ ok }) => !ok)).toEqual([])
    expect(judged(events)).toHaveLength(6)
    expect(code).toBe(0)
    expect(events.some(({ event }) => event === 'stats')).toBe(false)
  })

  it('does not hold: 1, said before the last line, each for itself', async () => {
    const { code, events } = await call([
      '--message',
      'one',
      ...expectations('path == relay', 'path == direct', 'inbound.video.fps > 1'),
    ])
    expect(code).toBe(1)
    expect(events.slice(-4)).toMatchObject([
      { event: 'expect', expression: 'path == relay', ok: false, value: 'direct', reason: 'path is direct' },
      { event: 'expect', expression: 'path == direct', ok: true, value: 'direct', reason: null },
      {
        event: 'expect',
        ok: false,
        value: null,
        reason: 'inbound.video.fps was not measured: there was no inbound video stream',
      },
      { event: 'exit', code: 1, reason: 'CHECK_FAILED' },
    ])
  })

  it('looks at the last second of a call', async () => {
    const bars = ['--video', 'bars', '--width', '320', '--height', '240', '--duration', '4s']
    const { code, events } = await call(
      expectations('inbound.video.fps >= 5 for 1s', 'inbound.video.codec == VP8', 'tracks.video == 1'),
      { answer: bars },
    )
    expect(judged(events).filter(({ ok }) => !ok)).toEqual([])
    expect(code).toBe(0)
  })

  it('measures a transfer on both sides', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'ten.bin')
    await writeRandomFile(path, 10_000_000)
    await using server = await openSignalingServer()
    const place = ['--room', 'files', '--signal', server.url, '--json']
    await using receiver = startCli([
      'receive-file',
      ...place,
      '--yes',
      '-o',
      `${directory}/out/`,
      ...expectations(
        'transfer.bytes == 10000000',
        'transfer.resumed == 0',
        'transport.bytesReceived > 10MB',
        'transfer.duration < 1us',
      ),
    ])
    await using sender = startCli([
      'send-file',
      path,
      ...place,
      ...expectations(
        'transfer.rate > 1MB/s',
        'path == direct',
        'transport.bytesSent > 10MB',
        'transport.send > 8Mbit/s',
      ),
    ])
    const [sent, received] = await Promise.all([sender.exit, receiver.exit])
    expect(judged(sent.events).map(({ ok }) => ok)).toEqual([true, true, true, true])
    expect(judged(received.events).map(({ ok }) => ok)).toEqual([true, true, true, false])
    expect([sent.code, received.code]).toEqual([0, 1])
  })

  it('is told after a failure too, which keeps its own code', async () => {
    const directory = await temporaryDirectory()
    const junit = join(directory, 'report.xml')
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--timeout', '500ms', '--json']
    await using cli = startCli([
      'offer',
      ...place,
      '--junit',
      junit,
      ...expectations('rtt < 1s', 'warnings == 0'),
    ])
    const { code, events } = await cli.exit
    expect(code).toBe(124)
    expect(judged(events)).toMatchObject([
      { ok: false, reason: 'rtt was not measured: there was no connection' },
      { ok: true },
    ])
    expect(await readFile(junit, 'utf8')).toMatch(/<system-err>Timed out after 0.5 s .*<\/system-err>/)
  })

  it('that cannot be read is 64 with a caret, before anything is contacted', async () => {
    await using cli = startCli([
      'offer',
      '--room',
      'x',
      '--signal',
      'ws://no-such-host.invalid',
      ...expectations('rtt < 80'),
    ])
    const { code, stdout, stderr } = await cli.exit
    expect(code).toBe(64)
    expect(stdout).toBe('')
    expect(stderr).toBe('webrtc-cli: --expect: rtt is a time: write 80ms.\n  rtt < 80\n        ^\n')
  })

  it('comes from the environment and from a file too', async () => {
    const directory = await temporaryDirectory()
    const config = join(directory, 'webrtc-cli.config.json')
    await writeFile(config, JSON.stringify({ expect: ['path == direct', 'freezes == 0'] }))
    const stats = ['stats', '--json', '--duration', '1s']
    await using fromFile = startCli([...stats, '--config', config])
    const expressions = (events: readonly PeerEvent[]) => judged(events).map(({ expression }) => expression)
    expect(expressions((await fromFile.exit).events)).toEqual(['path == direct', 'freezes == 0'])
    const env = { WEBRTC_CLI_EXPECT: 'path == direct; warnings < 9 and path != relay' }
    await using fromEnvironment = startCli(stats, { env })
    expect(expressions((await fromEnvironment.exit).events)).toEqual([
      'path == direct',
      'warnings < 9 and path != relay',
    ])
  })
})

describe('what was expected, for other programs', () => {
  it('--junit writes a suite with a case for each', async () => {
    const directory = await temporaryDirectory()
    const junit = join(directory, 'report.xml')
    await using cli = startCli([
      'stats',
      '--duration',
      '1s',
      '--junit',
      junit,
      ...expectations('path == direct', 'path == relay', 'rtt < 1us'),
    ])
    const { code, stdout } = await cli.exit
    expect(code).toBe(1)
    expect(stdout).toMatch(/^ok    path == direct {3}\(direct\)$/m)
    expect(stdout).toMatch(/^FAIL {2}path == relay {3}\(direct\)$/m)
    const xml = await readFile(junit, 'utf8')
    expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites .*tests="3" failures="2"/)
    expect(xml).toMatch(
      /<testsuite name="webrtc-cli stats" tests="3" failures="2" errors="0" skipped="0" time="\d+\.\d{3}">/,
    )
    expect([...xml.matchAll(/<testcase [^>]*name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      'path == direct',
      'path == relay',
      'rtt &lt; 1us',
    ])
    expect(xml).toContain('<failure type="expect" message="path is direct">path is direct</failure>')
  })

  it('--junit that cannot be written is 73, before anything is contacted', async () => {
    await using cli = startCli([
      'offer',
      '--room',
      'x',
      '--signal',
      'ws://no-such-host.invalid',
      '--junit',
      '/no/such/dir/r.xml',
      '--expect',
      'path == direct',
    ])
    const { code, stderr } = await cli.exit
    expect(code).toBe(73)
    expect(stderr).toContain('/no/such/dir/r.xml')
  })

  it('--tap has standard output for itself', async () => {
    await using cli = startCli([
      'stats',
      '--duration',
      '1s',
      '--tap',
      ...expectations('path == direct', 'path == relay'),
    ])
    const { code, stdout, stderr } = await cli.exit
    expect(code).toBe(1)
    expect(stdout).toBe(
      [
        'TAP version 14',
        '1..2',
        'ok 1 - path == direct',
        '  ---',
        '  value: "direct"',
        '  ...',
        'not ok 2 - path == relay',
        '  ---',
        '  message: "path is direct"',
        '  value: "direct"',
        '  ...',
        '',
      ].join('\n'),
    )
    expect(stderr).toContain('candidate pair')
  })

  it('--tap and --json are 64', async () => {
    await using cli = startCli(['stats', '--tap', '--json', '--expect', 'warnings == 0'])
    const { code, events } = await cli.exit
    expect(code).toBe(64)
    expect(events.find(({ event }) => event === 'error')).toMatchObject({ code: 'USAGE' })
  })
})

describe.skipIf(isMissing('turnserver'))('a relayed path', () => {
  it('is what was expected, or is not', async () => {
    await using turn = await startCoturn()
    const ice = ['--ice-server', turn.url, '--ice-transport-policy', 'relay']
    const { code, events } = await call(
      [
        '--message',
        'one',
        ...ice,
        ...expectations('path == relay and path.local == relay', 'path == direct'),
      ],
      { answer: ['--message', 'two', ...ice] },
    )
    expect(judged(events).map(({ ok }) => ok)).toEqual([true, false])
    expect(code).toBe(1)
  })
})

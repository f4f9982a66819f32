import { describe, expect, it, onTestFinished } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { allowsSpinner } from '../../src/terminal/color.js'
import { printable } from '../../src/terminal/printable.js'
import { openReporter, type ReporterOptions } from '../../src/terminal/open-reporter.js'
import { CapturedStream } from './captured-stream.js'
import { HOSTILE, sampleEvents, samplePair } from './sample-events.js'

async function openHuman(options: Partial<ReporterOptions> & { isTTY?: boolean; columns?: number } = {}) {
  const { isTTY = false, columns, ...rest } = options
  const stdout = new CapturedStream({ isTTY, columns })
  const stderr = new CapturedStream({ isTTY, columns })
  const reporter = await openReporter({
    json: false,
    quiet: false,
    verbose: false,
    color: true,
    env: { CI: '1' },
    stdout,
    stderr,
    ...rest,
  })
  onTestFinished(() => reporter[Symbol.dispose]())
  return { stdout, stderr, reporter }
}

async function reportAll(options: Parameters<typeof openHuman>[0] = {}) {
  const opened = await openHuman(options)
  for (const event of sampleEvents) opened.reporter.report(event)
  return opened
}

describe('the human reporter', () => {
  it('puts results on stdout and talk on stderr', async () => {
    const { stdout, stderr } = await reportAll()
    expect(stdout.text).toMatchInlineSnapshot(`
      "candidate pair host udp 127.0.0.1:4242 -> host udp 127.0.0.1:5353, direct, RTT 0.4 ms
      alice: hello
      video arrived: 298 frames, 2 lost, 1 twice, 1 freeze of 412 ms in all,
                     latency 31 ms, 95 % within 77 ms, at most 282 ms,
                     sound 12 ms early, PSNR 41.2 dB, SSIM 0.988, black for 300 ms,
                     still for 1.2 s
      video arrived: 90 frames, no freeze
      abababababababababababababababababababababababababababababababab  in/report.pdf
      received report.pdf, 95.1 MB in 2.9 s, 31.2 MB/s, 5.0 MB of it resumed
      run of 1 m 00 s, 61 samples
        over the run  min      p50      p95      max
        rtt           0 ms     0.5 ms   1 ms     2 ms
        inbound.video, mid 0, ssrc 1234
          bitrate     0 bit/s  1 bit/s  1 bit/s  2 bit/s
          loss        0 %      50 %     100 %    200 %
        in all  inbound.video.freezes 1
      local stats at 5 s, over 1 s
        pair       host udp 127.0.0.1:4242 -> host udp 127.0.0.1:5353, direct,
                   RTT 0.4 ms
        available  300 kbit/s
        transport  DTLS connected, TLS_AES_128_GCM_SHA256,
                   SRTP AES_CM_128_HMAC_SHA1_80, ICE controlling,
                   sent 1.2 MB at 1.2 Mbit/s, received 900 kB at 850 kbit/s,
                   1 candidate pair change
        stream       codec  bitrate      pkt/s  loss   jitter  RTT    media
        in video 0   VP8    850 kbit/s   120    0.5 %  3.1 ms  -      1280x720 30 fps
        out audio 1  opus   64.0 kbit/s  50     0.5 %  3.1 ms  12 ms  level 0.12
        in video 0: 3 packets lost, 1 frame dropped, 2 freezes, jitter buffer 40 ms
        data channel  id  state  sent        received    out         in
        chat          1   open   12, 1.5 kB  10, 1.2 kB  1.2 Mbit/s  -
      transport T01
        bytesSent: 12
      see you at six
      ok   chat  3 messages
      FAIL file  sha256 differs
      ok   network  eth0 192.168.3.2
      ok   server   turns:turn.test:5349 (tls at 192.0.2.1:5349): RTT 12 ms, sees 203.0.113.5:4242
      ok   relay    relays at 192.0.2.1:50000: 20.0 Mbit/s, RTT 13 ms, 2 % lost
      ok   TLS      "turn.test", signed by "Private Test CA", until 2099-01-01
      ok   login    the credentials hold until 2099-01-01T00:00:00.000Z
      FAIL server   turn:192.0.2.1:3478 (udp at 192.0.2.1:3478): 401 "Unauthorized": the password is wrong
                    Check it.
      ok   NAT      IPv4 192.168.3.2:4242 is 203.0.113.5:4242 outside; mapping endpoint-independent, filtering address-dependent, hairpinning no
      ok   connect  host: in 25 ms
      -    connect  srflx: not from inside, which needs hairpinning; peers elsewhere do not
      direct  direct connections likely
        Give a TURN server.
      "
    `)
    expect(stderr.text).toMatchInlineSnapshot(`
      "signaling server started in this process on ws://127.0.0.1:8787, for this machine only
      joined room blue as offerer
      on the other side: webrtc-cli receive-file 7-otter-lamp
      alice joined
      peer is not authenticated: whoever runs the signaling server has to be trusted
      connected after 312 ms
      receives video VP8 640x480 30 fps
      video is sent at 640x360, 15 fps: no more than 300 kbit/s can be sent
      video is sent at 853x480, 30 fps: the processor does no more
      video is sent at 1280x720, 30 fps
      receives audio 48000 Hz mono
      sends video film.mp4 1280x720 25 fps
      peer offers 1 file, 95.1 MB
        report.pdf  95.1 MB
      /accept takes that, /decline does not
      accepted
      resumes at 5.0 MB
      42 %  40.0 MB of 95.1 MB  31.2 MB/s  ETA 2 s  4 associations, direct
      100 %  95.1 MB of 95.1 MB  31.2 MB/s  4 associations, direct
      sent 10 B of 1.0 kB
      metrics at http://127.0.0.1:9464/metrics
      audio is muted
      peer's video is live, from file
      no: There is no command /stast.
        Did you mean /stats?
      /help             shows this
      /snapshot [FILE]  takes a picture
      warning: Nothing listens there.
        Run serve.
      webrtc-cli: Cannot reach ws://127.0.0.1:1.
        Is it running?
      alice left: bye
      "
    `)
  })

  it('leaves only results and errors with --quiet', async () => {
    const { stdout, stderr } = await reportAll({ quiet: true })
    expect(stdout.text).toBe((await reportAll()).stdout.text)
    expect(stderr.text).toMatchInlineSnapshot(`
      "no: There is no command /stast.
        Did you mean /stats?
      webrtc-cli: Cannot reach ws://127.0.0.1:1.
        Is it running?
      "
    `)
  })

  it('adds candidates, states and the reason of the end with --verbose', async () => {
    const talk = (await reportAll()).stderr.lines
    const added = (await reportAll({ verbose: true })).stderr.lines.filter((line) => !talk.includes(line))
    expect(added).toMatchInlineSnapshot(`
      [
        "peer id p1",
        "peer id p2",
        "local candidate srflx udp 192.0.2.7:4242 from 10.0.0.2:4242 via stun:192.0.2.1, after 12 ms",
        "connection connecting, ICE checking, gathering complete, signaling stable",
        "fingerprint AB:CD",
        "sent: hi",
        "audio tone: 300 blocks of 10 ms sent, 2 dropped, 0 missed",
        "uses 4 associations",
        "  not measured here: available.incoming",
        "candidate host udp 192.168.3.2:4242",
        "stats: done",
        "  code SIGNALING_UNREACHABLE",
        "exit 0: done, after 3.3 s",
      ]
    `)
  })

  it('moves results to stderr when the data is on stdout', async () => {
    const { stdout, stderr } = await reportAll({ dataOnStdout: true })
    expect(stdout.text).toBe('')
    expect(stderr.text).toContain('alice: hello\n')
  })

  it('prints the same candidate pair once and a changed one again', async () => {
    const { stdout, reporter } = await openHuman()
    const changed = { ...samplePair, local: { ...samplePair.local, port: 9 } }
    reporter.report({ event: 'connected', elapsedMs: 1, candidatePair: samplePair })
    reporter.report({ event: 'candidate-pair', ...samplePair, currentRoundTripTime: 0.5 })
    reporter.report({ event: 'candidate-pair', ...changed })
    expect(stdout.lines).toHaveLength(2)
  })

  it('shows the causes of an error with --verbose, made printable', async () => {
    const { stderr, reporter } = await openHuman({ verbose: true })
    const cause = new PeerError('SIGNALING_UNREACHABLE', 'outer', {
      cause: new Error('refused\u001b[2J', {
        cause: new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')], ''),
      }),
    })
    reporter.report(
      { event: 'error', code: 'SIGNALING_UNREACHABLE', message: 'outer', hint: null },
      { cause },
    )
    expect(stderr.text).toMatchInlineSnapshot(`
      "webrtc-cli: outer
        code SIGNALING_UNREACHABLE
        caused by Error: refused\\x1b[2J
        caused by AggregateError: Error: ::1 refused; Error: 127.0.0.1 refused
      "
    `)
  })

  it('shows where a defect was thrown only with --verbose', async () => {
    const event = { event: 'error', code: 'INTERNAL', message: 'Internal error: x', hint: null } as const
    const verbose = await openHuman({ verbose: true })
    const brief = await openHuman()
    for (const { reporter } of [verbose, brief]) reporter.report(event, { cause: new Error('x') })
    expect(verbose.stderr.text).toContain('human-reporter.test')
    expect(brief.stderr.text).toBe('webrtc-cli: Internal error: x\n')
  })

  it.each([
    ['left', 'peer left before it was connected; waiting for another one'],
    [
      'disconnected',
      'peer left before it was connected: the signaling server lost it; waiting for another one',
    ],
  ])('says that another peer is waited for after one that %s', async (reason, line) => {
    const { stderr, reporter } = await openHuman()
    reporter.report({ event: 'peer-joined', peerId: 'p2', name: null })
    reporter.report({ event: 'peer-left', peerId: 'p2', name: null, reason })
    expect(stderr.lines.at(-1)).toBe(line)
  })

  it('counts what was there before with what a resumed transfer brought', async () => {
    const { stderr, reporter } = await openHuman()
    const direction = 'receive' as const
    const bytes = 200e6
    reporter.report({ event: 'transfer-accepted', direction, bytes, resumedBytes: 20e6, associations: 1 })
    reporter.report({ event: 'transfer-failed', direction, bytes, bytesTransferred: 7e6, reason: 'gone' })
    expect(stderr.lines.at(-1)).toBe('received 7.0 MB, 27.0 MB with what was there, of 200 MB')
  })

  it('says what a connected peer left with', async () => {
    const { stderr, reporter } = await openHuman()
    reporter.report({ event: 'peer-joined', peerId: 'p2', name: 'ada' })
    reporter.report({ event: 'connected', elapsedMs: 1, candidatePair: null })
    for (const reason of ['bye', 'left', 'timed-out'])
      reporter.report({ event: 'peer-left', peerId: 'p2', name: 'ada', reason })
    expect(stderr.lines.slice(-3)).toEqual([
      'ada left: bye',
      'ada left',
      'ada left: the signaling server hears nothing of it',
    ])
  })

  it.each([
    [
      72,
      [
        '/record start FILE|pause|resume|stop  records what arrives, beside',
        '                                      --record',
      ],
    ],
    [45, ['/record start FILE|pause|resume|stop', '    records what arrives, beside --record']],
  ])('shows what there is to type in %i columns', async (columns, lines) => {
    const { stderr, reporter } = await openHuman({ isTTY: true, columns })
    const commands = [
      { usage: '/record start FILE|pause|resume|stop', describes: 'records what arrives, beside --record' },
    ]
    reporter.report({ event: 'command', command: 'help', id: null, ok: true, error: null, commands })
    expect(stderr.lines).toEqual(lines)
  })

  it('lets nothing foreign steer the terminal or add a line', async () => {
    const { stdout, stderr, reporter } = await openHuman({ verbose: true })
    reporter.report({ event: 'chat', from: HOSTILE, text: HOSTILE, direction: 'in' })
    reporter.report({ event: 'peer-joined', peerId: HOSTILE, name: HOSTILE })
    reporter.report({ event: 'peer-left', peerId: HOSTILE, name: HOSTILE, reason: HOSTILE })
    reporter.report({
      event: 'transfer-offer',
      direction: 'receive',
      files: [{ name: HOSTILE, bytes: 1 }],
      bytes: 1,
    })
    reporter.report({ event: 'error', code: 'X', message: HOSTILE, hint: HOSTILE }, { cause: HOSTILE })
    reporter.report({ event: 'check', name: HOSTILE, ok: true, value: HOSTILE })
    expect(stdout.lines).toEqual([
      'x\\x1b[2J\\u{202e}\\n\\x9b\\u{d800}: x\\x1b[2J\\u{202e}\\n\\x9b\\u{d800}',
      'ok   x\\x1b[2J\\u{202e}\\n\\x9b\\u{d800}  x\\x1b[2J\\u{202e}\\n\\x9b\\u{d800}',
    ])
    for (const line of stderr.lines) expect(line).toBe(printable(line))
    expect(stderr.lines).toHaveLength(8)
  })
})

describe('colour', () => {
  const error = { event: 'error', code: 'X', message: 'broken', hint: null } as const

  it.each([
    ['on a terminal', { isTTY: true, env: {} }, true],
    ['not into a pipe', { isTTY: false, env: {} }, false],
    ['not with NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, false],
    ['with an empty NO_COLOR', { isTTY: true, env: { NO_COLOR: '' } }, true],
    ['not on a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }, false],
    ['not with --no-color', { isTTY: true, env: {}, color: false }, false],
  ])('is there %s', async (_name, options, colored) => {
    const { stderr, reporter } = await openHuman(options)
    reporter.report(error)
    expect(stderr.text.includes('\u001b[31mwebrtc-cli:')).toBe(colored)
  })
})

const terminal = (columns: number) => Object.assign(new CapturedStream({ isTTY: true }), { columns })

describe('a spinner', () => {
  it.each([
    ['shown on a terminal', terminal(80), {}, true],
    ['not shown in a pipe', new CapturedStream(), {}, false],
    ['not shown in CI', terminal(80), { CI: 'true' }, false],
    ['not shown on a dumb terminal', terminal(80), { TERM: 'dumb' }, false],
    ['not shown on a terminal without a size', terminal(0), {}, false],
  ])('is %s', (_name, stream, env, shown) => {
    expect(allowsSpinner(stream, env)).toBe(shown)
  })
})

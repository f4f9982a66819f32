import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PeerEvent } from '../../src/events.js'
import { runTogether, startCli, startServe } from '../support/cli.js'
import { openSignalingServer } from '../support/signaling-server.js'
import { withoutNativeLibrary } from '../sdp/without-native-library.js'

/** Accepts connections and never says a word. */
async function startSilentServer(): Promise<AsyncDisposable & { url: string }> {
  const sockets = new Set<Socket>()
  const server: Server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server listens on no port')
  return {
    url: `ws://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** A port that was free a moment ago and has nobody listening. */
async function refusedUrl(): Promise<string> {
  const server = await startSilentServer()
  await server[Symbol.asyncDispose]()
  return server.url
}

async function failure(args: string[]) {
  await using cli = startCli([...args, '--json'])
  return failureOf(await cli.exit)
}

function failureOf({ code, events }: { code: number | null; events: readonly PeerEvent[] }) {
  const error = events.find((event) => event.event === 'error')
  return { code, error: error?.code, message: error?.message ?? '' }
}

/** What is refused before anything is opened. */
const MISUSED: [what: string, args: string[]][] = [
  ['no verb', []],
  ['an unknown verb', ['bogus']],
  ['an unknown option', ['offer', '--rooom', 'x']],
  ['an option without its value', ['offer', '--room']],
  ['a URL that is none', ['offer', '--room', 'x', '--signal', 'http://127.0.0.1']],
  ['a duration that is none', ['offer', '--room', 'x', '--timeout', 'soon']],
  ['a duration of nothing', ['offer', '--room', 'x', '--timeout', '0s']],
  ['an answer without a room', ['answer']],
  ['a code that is missing', ['receive-file', '--yes']],
  ['nobody to ask', ['receive-file', '--room', 'x']],
  ['an ICE server of another scheme', ['offer', '--room', 'x', '--ice-server', 'http://x']],
  ['a TURN server without credentials', ['offer', '--room', 'x', '--ice-server', 'turn:127.0.0.1']],
  ['relay without a TURN server', ['offer', '--room', 'x', '--ice-transport-policy', 'relay']],
  [
    'two limits on one channel',
    ['offer', '--room', 'x', '--max-retransmits', '1', '--max-packet-life-time', '1'],
  ],
  ['two orders on one channel', ['offer', '--room', 'x', '--ordered', '--unordered']],
  ['a reserved channel id', ['offer', '--room', 'x', '--negotiated-id', '1023']],
  ['a port range upside down', ['offer', '--room', 'x', '--port-range', '5000:4000']],
  ['a candidate type that is none', ['offer', '--room', 'x', '--candidate-types', 'host,magic']],
  ['a video source that is none', ['offer', '--room', 'x', '--video', 'nothing']],
  ['a picture of no size', ['offer', '--room', 'x', '--video', 'bars', '--width', '0']],
  ['a statistics interval that is none', ['offer', '--room', 'x', '--stats', 'often']],
  ['an unprintable room', ['offer', '--room', 'a\u001bb']],
]

/** The same for what the arguments name. */
const UNUSABLE: [what: string, args: string[], failure: Partial<ReturnType<typeof failureOf>>][] = [
  [
    '66 for a file that is not there, without looking for a server',
    ['send-file', '/no/such/file', '--room', 'x', '--signal', 'ws://no-such-host.invalid'],
    { code: 66, error: 'INPUT_UNREADABLE' },
  ],
  ['66 for a directory', ['send-file', '/', '--room', 'x'], { code: 66 }],
  [
    '66 for certificates that are not there',
    ['check', '--ca', '/no/such.pem'],
    { code: 66, message: expect.stringMatching(/\(--ca\): it does not exist\.$/) },
  ],
  [
    '65 for certificates that are none',
    ['check', '--ca', '/dev/null'],
    { code: 65, message: 'There is no certificate in /dev/null (--ca).' },
  ],
  [
    '78 for a configuration file that is not there',
    ['offer', '--room', 'x', '--config', '/no/such/config.json'],
    { code: 78 },
  ],
  [
    '64 for an option that is given twice, and names it',
    ['offer', '--room', 'a', '--room', 'b'],
    { code: 64, message: '--room is given twice: a and b.' },
  ],
]

describe('what fails says what, where and what to try', () => {
  it('ends with 124 when nobody comes', async () => {
    await using server = await openSignalingServer()
    const result = await failure(['offer', '--room', 'x', '--signal', server.url, '--timeout', '1s'])
    expect(result).toMatchObject({ code: 124, error: 'TIMED_OUT' })
    expect(result.message).toBe(
      `Timed out after 1 s (--timeout) while waiting for a peer in room "x" on ${server.url}.`,
    )
  })

  it('ends with 69 at a refused port, naming the URL', async () => {
    const url = await refusedUrl()
    const result = await failure(['offer', '--room', 'x', '--signal', url])
    expect(result).toMatchObject({ code: 69, error: 'SIGNALING_UNREACHABLE' })
    expect(result.message).toContain(url)
  })

  it('ends with 69 at an unknown host, naming the URL', async () => {
    const result = await failure(['offer', '--room', 'x', '--signal', 'ws://no-such-host.invalid'])
    expect(result).toMatchObject({ code: 69, error: 'SIGNALING_UNREACHABLE' })
    expect(result.message).toContain('ws://no-such-host.invalid')
  })

  it('ends with 69 when TLS meets a plain port, naming the URL', async () => {
    await using server = await openSignalingServer()
    const url = server.url.replace('ws:', 'wss:')
    const result = await failure(['offer', '--room', 'x', '--signal', url])
    expect(result).toMatchObject({ code: 69, error: 'SIGNALING_UNREACHABLE' })
    expect(result.message).toContain(url)
  })

  it.each(['--connect-timeout', '--timeout'])(
    'ends with 124 (%s) when a server stays silent',
    async (option) => {
      await using server = await startSilentServer()
      const result = await failure(['offer', '--room', 'x', '--signal', server.url, option, '500ms'])
      expect(result).toMatchObject({ code: 124, error: 'TIMED_OUT' })
      expect(result.message).toContain(server.url)
    },
  )

  describe('before anything is opened', () => {
    let failures: ReturnType<typeof failureOf>[] = []
    beforeAll(async () => {
      const runs = [...MISUSED, ...UNUSABLE].map(([, args]) => ({ args: [...args, '--json'] }))
      failures = (await runTogether(runs)).map(failureOf)
    })

    it.each(MISUSED.map(([what], index) => [what, index] as const))('ends with 64 for %s', (_what, index) => {
      expect(failures[index]).toMatchObject({ code: 64, error: 'USAGE' })
      expect(failures[index]?.message).toMatch(/\.$/)
    })

    it.each(UNUSABLE.map(([what, , expected], index) => [what, index, expected] as const))(
      'ends with %s',
      (_what, index, expected) => {
        expect(failures[MISUSED.length + index]).toMatchObject(expected)
      },
    )
  })

  it('ends with 69 for a port that is taken', async () => {
    await using server = await openSignalingServer()
    const { port } = new URL(server.url)
    const result = await failure(['serve', '--port', port])
    expect(result).toMatchObject({ code: 69, error: 'LISTEN_FAILED' })
  })

  it('ends with 130 at Ctrl-C and 143 at SIGTERM, with a last line that says so', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      await using server = await startServe()
      server.kill(signal)
      expect(await server.exit).toMatchObject({ code })
    }
  })

  it('loads the native library neither for --help nor for a usage error', async () => {
    const env = withoutNativeLibrary()
    for (const args of [['--help'], ['offer', '--help'], ['offer', '--timeout', 'soon']]) {
      await using cli = startCli(args, { env })
      const { code, stdout } = await cli.exit
      expect(code).toBe(args.includes('--help') ? 0 : 64)
      expect(stdout).not.toContain('\u001b')
    }
  })
})

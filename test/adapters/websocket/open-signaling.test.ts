import { beforeAll, describe, expect, it } from 'vitest'
import { connectFailure } from '../../../src/adapters/websocket/connect-failure.js'
import { listenSignaling } from '../../../src/adapters/websocket/listen.js'
import { openSignaling } from '../../../src/adapters/websocket/open-signaling.js'
import { deferred } from '../../../src/async/deferred.js'
import { PeerError } from '../../../src/errors.js'
import { createRoomServer } from '../../../src/server/room-server.js'
import {
  type Certificate,
  closedPort,
  createSelfSignedCertificate,
  hasOpenssl,
  serveStatus,
  serveTcp,
  serveWebSocket,
} from './misbehaving-server.js'

const HELLO = '{"type":"hello","version":1,"server":"test","maxMessageBytes":65536}'

/** What opening fails with; fails the test when it does not. */
async function failureOf(url: string, options: Parameters<typeof openSignaling>[1] = {}): Promise<PeerError> {
  const opening = openSignaling(url, options)
  const error = await opening.then(
    (channel) => channel[Symbol.asyncDispose](),
    (thrown: unknown) => thrown,
  )
  if (error instanceof PeerError) return error
  throw new Error(`opening ${url} did not fail as it should`, { cause: error })
}

describe('the URL', () => {
  it.each([
    '',
    'localhost:8787',
    'http://localhost:8787',
    'ws://',
    'ws:// a',
    'ws://h:99999',
    'ws://h/#room',
  ])('must be one of a WebSocket, not %j', async (url) => {
    const error = await failureOf(url)
    expect(error.code).toBe('USAGE')
    expect(error.message).toBe(`--signal must be a ws:// or wss:// URL, got "${url}".`)
  })

  it('is shown without a password', async () => {
    const error = await failureOf(`ws://user:secret@127.0.0.1:${await closedPort()}/path?room=1`)
    expect(error.message).toMatch(/ws:\/\/127\.0\.0\.1:\d+\/path\?room=1/)
    expect(error.message).not.toContain('secret')
  })
})

describe('a server that cannot be reached', () => {
  it('is told when nothing listens there', async () => {
    const url = `ws://127.0.0.1:${await closedPort()}`
    const error = await failureOf(url)
    expect(error).toMatchObject({ code: 'SIGNALING_UNREACHABLE', cause: { code: 'ECONNREFUSED' } })
    expect(error.message).toBe(
      `Cannot reach the signaling server at ${url}: nothing listens there (connection refused).`,
    )
    expect(error.hint).toContain('webrtc-cli serve')
  })

  it('is told when its host name is unknown', async () => {
    // Two dots in a row are no name, so no name server is asked.
    const error = await failureOf('ws://a..b:8787')
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toMatch(/^Cannot reach the signaling server at ws:\/\/a\.\.b:8787: the host name/)
  })

  it.each([
    ['ENOTFOUND', 'the host name is unknown'],
    ['EAI_AGAIN', 'the host name cannot be looked up now'],
    ['EHOSTUNREACH', 'no network route'],
    ['ETIMEDOUT', 'does not answer'],
    ['CERT_HAS_EXPIRED', 'not valid at this time'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another host name'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not trusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'not trusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'not trusted'],
  ])('is told in words for %s', (code, words) => {
    const error = connectFailure(Object.assign(new Error('low-level'), { code }), 'wss://h')
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toContain(`at wss://h: `)
    expect(error.message).toContain(words)
    expect(error.hint).toBeDefined()
  })

  it.each([
    [301, 'redirects'],
    [401, '--token'],
    [403, '--token'],
    [404, 'path'],
    [426, 'path'],
    [503, 'proxy'],
  ])('is told when it answers with HTTP status %i', async (status, hint) => {
    await using server = await serveStatus(status)
    const error = await failureOf(`ws://127.0.0.1:${server.port}`)
    expect(error.code).toBe(hint === '--token' ? 'AUTHENTICATION_FAILED' : 'SIGNALING_UNREACHABLE')
    expect(error.message).toContain(`ws://127.0.0.1:${server.port}: it answered with HTTP status ${status}`)
    expect(error.hint).toContain(hint)
  })

  it.each([false, 'chat'] as const)('is told when it speaks the subprotocol %s', async (protocol) => {
    await using server = await serveWebSocket(() => undefined, { protocol })
    const error = await failureOf(`ws://127.0.0.1:${server.port}`)
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toContain(`${server.port}: what answers there is not a webrtc-cli signaling server`)
  })

  it('is told when it does not speak HTTP', async () => {
    await using server = await serveTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    const error = await failureOf(`ws://127.0.0.1:${server.port}`)
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toContain(`${server.port}: what answers there is not HTTP`)
  })

  it.each(['ws', 'wss'])('is told when it hangs up during the handshake of %s', async (scheme) => {
    await using server = await serveTcp((socket) => socket.once('data', () => socket.destroy()))
    const error = await failureOf(`${scheme}://127.0.0.1:${server.port}`)
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toContain(`${server.port}: it closed the connection during the handshake`)
  })

  it('is told when it is silent after accepting', async () => {
    await using server = await serveTcp(() => undefined)
    const error = await failureOf(`ws://127.0.0.1:${server.port}`, { connectTimeoutMs: 50 })
    expect(error.code).toBe('TIMED_OUT')
    expect(error.message).toBe(
      `The signaling server at ws://127.0.0.1:${server.port} did not answer within 0.05 s.`,
    )
  })

  it('is told when it is silent after the upgrade', async () => {
    await using server = await serveWebSocket(() => undefined)
    const error = await failureOf(`ws://127.0.0.1:${server.port}`, { connectTimeoutMs: 100 })
    expect(error.code).toBe('TIMED_OUT')
    expect(error.message).toContain(`ws://127.0.0.1:${server.port}`)
  })
})

describe.skipIf(!hasOpenssl())('TLS (skipped without openssl on the PATH)', () => {
  let certificate: Certificate
  beforeAll(() => {
    certificate = createSelfSignedCertificate()
  })

  it('is told when the server has none', async () => {
    await using listener = await listenSignaling({ host: '127.0.0.1', port: 0, server: createRoomServer() })
    const error = await failureOf(`wss://127.0.0.1:${listener.port}`)
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toContain(`wss://127.0.0.1:${listener.port}: it does not speak TLS`)
    expect(error.hint).toContain('ws://')
  })

  it('is told when only the server has it', async () => {
    await using server = await serveWebSocket(() => undefined, { tls: certificate })
    const error = await failureOf(`ws://127.0.0.1:${server.port}`)
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toContain(`ws://127.0.0.1:${server.port}: `)
    expect(error.hint).toContain('wss://')
  })

  it('is refused with a certificate that nobody trusts, naming --ca', async () => {
    await using server = await serveWebSocket(() => undefined, { tls: certificate })
    const error = await failureOf(`wss://127.0.0.1:${server.port}`)
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toContain(`wss://127.0.0.1:${server.port}: its TLS certificate is not trusted`)
    expect(error.hint).toContain('--ca')
  })

  it('is refused with a certificate for another host name', async () => {
    await using server = await serveWebSocket(() => undefined, { tls: certificate })
    const error = await failureOf(`wss://localhost:${server.port}`, { ca: certificate.cert })
    expect(error.message).toContain('its TLS certificate is for another host name')
  })

  it('works with the authority that is named', async () => {
    await using server = await serveWebSocket((socket) => socket.send(HELLO), { tls: certificate })
    await using channel = await openSignaling(`wss://127.0.0.1:${server.port}`, { ca: certificate.cert })
    expect(channel.url).toBe(`wss://127.0.0.1:${server.port}`)
  })
})

describe('the hello', () => {
  it.each([
    [
      'of another version',
      '{"type":"hello","version":2,"server":"x","maxMessageBytes":65536}',
      'PEER_INCOMPATIBLE',
      'version 2',
    ],
    ['that is malformed', '{"type":"hello","version":"1"}', 'PROTOCOL_VIOLATION', 'field "version"'],
    ['that is no JSON', 'hi', 'PROTOCOL_VIOLATION', 'not JSON'],
    ['that is another message', '{"type":"pong","id":1}', 'PROTOCOL_VIOLATION', '"pong" before its hello'],
  ])('%s is refused', async (_what, frame, code, words) => {
    await using server = await serveWebSocket((socket) => socket.send(frame))
    const error = await failureOf(`ws://127.0.0.1:${server.port}`)
    expect(error.code).toBe(code)
    expect(error.message).toContain(`ws://127.0.0.1:${server.port}`)
    expect(error.message).toContain(words)
  })

  it('that is binary is refused', async () => {
    await using server = await serveWebSocket((socket) => socket.send(Buffer.from(HELLO)))
    expect(await failureOf(`ws://127.0.0.1:${server.port}`)).toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })

  it('that never comes because the server hangs up is told with its reason, sanitised', async () => {
    await using server = await serveWebSocket((socket) => socket.close(1013, 'full \u001b[31mup'))
    const error = await failureOf(`ws://127.0.0.1:${server.port}`)
    expect(error.code).toBe('SIGNALING_UNREACHABLE')
    expect(error.message).toContain('hung up before its hello')
    expect(error.message).toContain('closed it with code 1013 (full [31mup)')
  })
})

describe('an open channel', () => {
  it('sends the token', async () => {
    const authorization = deferred<unknown>()
    await using server = await serveWebSocket((socket, headers) => {
      authorization.resolve(headers['authorization'])
      socket.send(HELLO)
    })
    const url = `ws://127.0.0.1:${server.port}`
    await using channel = await openSignaling(url, { token: 't0ken' })
    expect(channel.url).toBe(url)
    expect(await authorization.promise).toBe('Bearer t0ken')
  })

  it('ends opening with the reason of the signal', async () => {
    const controller = new AbortController()
    const reason = new Error('changed my mind')
    await using server = await serveTcp(() => controller.abort(reason))
    const opening = openSignaling(`ws://127.0.0.1:${server.port}`, { signal: controller.signal })
    await expect(opening).rejects.toBe(reason)
  })

  it('keeps messages that came together with the hello', async () => {
    await using server = await serveWebSocket((socket) => {
      socket.send(HELLO)
      socket.send('{"type":"pong","id":1}')
      socket.send('{"type":"from-the-future"}')
      socket.send('{"type":"pong","id":2}')
    })
    await using channel = await openSignaling(`ws://127.0.0.1:${server.port}`)
    const reader = channel.messages()[Symbol.asyncIterator]()
    expect((await reader.next()).value).toEqual({ type: 'pong', id: 1 })
    expect((await reader.next()).value).toEqual({ type: 'pong', id: 2 })
  })

  it('throws PROTOCOL_VIOLATION on a message that does not parse, and closes with 1002', async () => {
    const closeCode = deferred<number>()
    await using server = await serveWebSocket((socket) => {
      socket.on('close', (code) => closeCode.resolve(code))
      socket.send(HELLO)
      socket.send('{"type":"offer","sdp":1}')
    })
    await using channel = await openSignaling(`ws://127.0.0.1:${server.port}`)
    const next = channel.messages()[Symbol.asyncIterator]().next()
    await expect(next).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
    expect(await closeCode.promise).toBe(1002)
    expect(await channel.closed).toMatchObject({ code: 'SIGNALING_LOST' })
  })

  it('takes the limit on its messages from the hello', async () => {
    await using server = await serveWebSocket((socket) => socket.send(HELLO.replace('65536', '1024')))
    await using channel = await openSignaling(`ws://127.0.0.1:${server.port}`)
    const sending = channel.send({ type: 'offer', sdp: 'x'.repeat(1024), to: 'p' })
    await expect(sending).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
  })

  it('answers pings and sends its own', async () => {
    const ponged = deferred<string>()
    const pinged = deferred()
    await using server = await serveWebSocket((socket) => {
      socket.on('pong', (data) => ponged.resolve(data.toString('utf8')))
      socket.on('ping', () => pinged.resolve())
      socket.send(HELLO)
      socket.ping('are you there')
    })
    const heartbeat = { intervalMs: 10, timeoutMs: 5_000 }
    await using channel = await openSignaling(`ws://127.0.0.1:${server.port}`, { heartbeat })
    expect(await Promise.race([ponged.promise, channel.closed])).toBe('are you there')
    expect(await Promise.race([pinged.promise, channel.closed])).toBeUndefined()
  })

  it('counts a silent server as lost', async () => {
    await using server = await serveWebSocket((socket) => {
      socket.send(HELLO)
      socket.pause()
    })
    const heartbeat = { intervalMs: 20, timeoutMs: 60 }
    await using channel = await openSignaling(`ws://127.0.0.1:${server.port}`, { heartbeat })
    const lost = await channel.closed
    expect(lost.message).toContain('nothing was heard from it for 0.06 s')
    for await (const message of channel.messages()) expect(message).toBeUndefined()
  })

  it('is not lost to silence while pings are answered', async () => {
    let pings = 0
    const enough = deferred()
    await using server = await serveWebSocket((socket) => {
      socket.on('ping', () => {
        pings += 1
        if (pings === 10) enough.resolve()
      })
      socket.send(HELLO)
    })
    const heartbeat = { intervalMs: 50, timeoutMs: 400 }
    await using channel = await openSignaling(`ws://127.0.0.1:${server.port}`, { heartbeat })
    const first = await Promise.race([enough.promise, channel.closed])
    expect(first).toBeUndefined()
  })

  it('is disposed within a second when the server does not answer the close', async () => {
    await using server = await serveWebSocket((socket) => {
      socket.send(HELLO)
      socket.pause()
    })
    const channel = await openSignaling(`ws://127.0.0.1:${server.port}`)
    const startedAt = performance.now()
    await channel[Symbol.asyncDispose]()
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(await channel.closed).toMatchObject({ code: 'SIGNALING_LOST' })
  })
})

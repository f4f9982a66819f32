import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as connectTcp, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { listenSignaling, type ListenSignalingOptions } from '../../../src/adapters/websocket/listen.js'
import { openSignaling } from '../../../src/adapters/websocket/open-signaling.js'
import { createRoomServer } from '../../../src/server/room-server.js'
import { MAX_MESSAGE_BYTES, SUBPROTOCOL } from '../../../src/signaling/message.js'
import { joinRoom } from '../../../src/signaling/join-room.js'
import { connectRaw, type RawClient } from './raw-client.js'

function listen(options: Partial<ListenSignalingOptions> = {}) {
  return listenSignaling({ host: '127.0.0.1', port: 0, server: createRoomServer(), ...options })
}

/** The HTTP status of an upgrade request; 101 is a WebSocket. */
async function upgradeStatus(port: number, headers: Record<string, string>, path = '/'): Promise<number> {
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    path,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
      'Sec-WebSocket-Protocol': SUBPROTOCOL,
      ...headers,
    },
  })
  return new Promise((resolve, reject) => {
    request.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode ?? 0)
    })
    request.on('response', (response: IncomingMessage) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end()
  })
}

async function join(client: RawClient, room: string): Promise<void> {
  client.socket.send(JSON.stringify({ type: 'join', room, role: 'offerer', name: null }))
  await client.until('"joined"')
}

describe('HTTP', () => {
  it('answers /healthz with its counters', async () => {
    await using listener = await listen({ server: createRoomServer({ version: '1.2.3' }) })
    await using client = await connectRaw(listener.url)
    await join(client, 'r')
    const response = await fetch(`http://127.0.0.1:${listener.port}/healthz`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ status: 'ok', rooms: 1, peers: 1, version: '1.2.3' })
  })

  it.each([
    ['/', 426],
    ['/?room=1', 426],
    ['/rooms', 404],
    ['/healthz/../x', 404],
    ['//', 404],
  ])('answers %s with a sentence and status %i', async (path, status) => {
    await using listener = await listen()
    const response = await fetch(`http://127.0.0.1:${listener.port}${path}`)
    expect(response.status).toBe(status)
    expect(await response.text()).toContain('This is a webrtc-cli signaling server')
  })

  it.each([
    ['our subprotocol', 101, {}],
    ['ours among others', 101, { 'Sec-WebSocket-Protocol': `chat, ${SUBPROTOCOL}` }],
    ['another subprotocol', 400, { 'Sec-WebSocket-Protocol': 'chat' }],
    ['an empty subprotocol', 400, { 'Sec-WebSocket-Protocol': '' }],
    ['a bad key', 400, { 'Sec-WebSocket-Key': 'x' }],
    ['the origin of another page', 403, { Origin: 'https://evil.example' }],
    ['a sandboxed page', 403, { Origin: 'null' }],
    ['a name that was made to resolve here', 403, { Origin: 'http://evil.example', Host: 'evil.example' }],
  ])('answers an upgrade with %s with status %i', async (_what, status, headers) => {
    await using listener = await listen()
    expect(await upgradeStatus(listener.port, headers)).toBe(status)
  })

  it('lets pages of its own address connect', async () => {
    await using listener = await listen()
    const { port } = listener
    expect(await upgradeStatus(port, { Origin: `http://127.0.0.1:${port}` })).toBe(101)
    const named = { Origin: `http://localhost:${port}`, Host: `localhost:${port}` }
    expect(await upgradeStatus(port, named)).toBe(101)
    expect(await upgradeStatus(port, { Origin: `http://127.0.0.1:${port + 1}` })).toBe(403)
  })

  it('lets pages of allowed origins connect', async () => {
    await using listener = await listen({ allowOrigins: ['https://app.example'] })
    expect(await upgradeStatus(listener.port, { Origin: 'https://app.example' })).toBe(101)
    expect(await upgradeStatus(listener.port, { Origin: 'https://app.example.evil' })).toBe(403)
    await using open = await listen({ allowOrigins: ['*'] })
    expect(await upgradeStatus(open.port, { Origin: 'https://any.example' })).toBe(101)
  })

  it('upgrades at / only', async () => {
    await using listener = await listen()
    expect(await upgradeStatus(listener.port, {}, '/other')).toBe(404)
    expect(await upgradeStatus(listener.port, {}, '/?x=1')).toBe(101)
  })

  it('asks for the token where one is set', async () => {
    await using listener = await listen({ token: 's3cret' })
    expect(await upgradeStatus(listener.port, {})).toBe(401)
    expect(await upgradeStatus(listener.port, { Authorization: 'Bearer wrong' })).toBe(401)
    await expect(openSignaling(listener.url)).rejects.toMatchObject({
      hint: expect.stringContaining('--token'),
    })
    await using channel = await openSignaling(listener.url, { token: 's3cret' })
    expect(channel.url).toBe(listener.url)
  })

  it('survives 3000 headers, rubbish and a connection that says nothing', async () => {
    await using listener = await listen()
    const flood = Array.from({ length: 3000 }, (_, n) => `X-${n}: 1\r\n`).join('')
    const sockets = [`GET / HTTP/1.1\r\nUpgrade: websocket\r\n${flood}\r\n`, '\u0016\u0003\u0001', ''].map(
      (text) => {
        const socket = connectTcp(listener.port, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.write(text)
        return socket
      },
    )
    await using channel = await openSignaling(listener.url)
    expect(channel.url).toBe(listener.url)
    for (const socket of sockets) socket.destroy()
  })
})

describe('listening', () => {
  it('names the port that is taken, with the code of the system', async () => {
    await using listener = await listen()
    const second = listen({ port: listener.port })
    await expect(second).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `Cannot listen on 127.0.0.1:${listener.port}: the port is taken.`,
      hint: expect.stringContaining('--port'),
      cause: { code: 'EADDRINUSE' },
    })
  })

  it('names an address that is not of this machine', async () => {
    // RFC 5737: TEST-NET-1 is nobody's address.
    await expect(listen({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: 'Cannot listen on 192.0.2.1:0: that is no address of this machine.',
    })
  })

  it('names a port that cannot be', async () => {
    await expect(listen({ port: 99_999 })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining('127.0.0.1:99999'),
    })
  })

  it('gives a URL to connect to for a wildcard', async () => {
    await using listener = await listen({ host: '0.0.0.0' })
    expect(listener.url).toBe(`ws://127.0.0.1:${listener.port}`)
    expect(listener.host).toBe('0.0.0.0')
  })

  it('does not start after its signal', async () => {
    const reason = new Error('changed my mind')
    const aborted = { signal: AbortSignal.abort(reason) }
    const listening = listenSignaling({ host: '127.0.0.1', port: 0, server: createRoomServer() }, aborted)
    await expect(listening).rejects.toBe(reason)
  })

  it('tells its clients when it ends, closes them with 1001 and frees the port', async () => {
    const listener = await listen()
    const client = await connectRaw(listener.url)
    await join(client, 'r')
    await Promise.all([listener[Symbol.asyncDispose](), listener[Symbol.asyncDispose]()])
    await listener[Symbol.asyncDispose]()
    expect(await client.closed).toBe(1001)
    expect(client.received.at(-1)).toContain('going-away')
    await using again = await listen({ port: listener.port })
    expect(again.port).toBe(listener.port)
  })

  it('ends within a second with clients that answer nothing, in and before the handshake', async () => {
    const server = createRoomServer()
    const listener = await listen({ server })
    const deaf = await connectRaw(listener.url)
    deaf.socket.pause()
    const mute = connectTcp(listener.port, '127.0.0.1')
    await once(mute, 'connect')
    const startedAt = performance.now()
    await listener[Symbol.asyncDispose]()
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(server.counters()).toEqual({ rooms: 0, peers: 0, sockets: 0 })
    deaf.socket.terminate()
    mute.destroy()
  })
})

describe('a client', () => {
  it('that does not answer pings is dropped, and its peer hears of it', async () => {
    await using listener = await listen({ pingIntervalMs: 40 })
    await using good = await connectRaw(listener.url)
    await join(good, 'r')
    await using halfOpen = await connectRaw(listener.url, { autoPong: false })
    await join(halfOpen, 'r')
    expect(await good.until('"peer-left"')).toContain('"timed-out"')
    expect(await halfOpen.closed).toBe(1006)
    expect(good.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('that stops reading is dropped, and its peer goes on', async () => {
    const server = createRoomServer({ messageBurst: 100_000 })
    await using listener = await listen({ server })
    await using stuck = await connectRaw(listener.url)
    await join(stuck, 'r')
    await using good = await connectRaw(listener.url)
    await join(good, 'r')
    stuck.socket.pause()
    const to = /"peers":\[\{"peerId":"([^"]+)"/.exec(await good.until('"joined"'))?.[1]
    const flood = JSON.stringify({ type: 'offer', sdp: 'x'.repeat(60_000), to })
    const isGone = () => good.received.some((text) => text.includes('"peer-left"'))
    while (!isGone()) await new Promise((resolve) => good.socket.send(flood, resolve))
    expect(await good.until('"peer-left"')).toContain('"disconnected"')
    good.socket.send('{"type":"ping","id":4711}')
    expect(await good.until('4711')).toContain('"pong"')
    expect(server.counters()).toMatchObject({ rooms: 1, peers: 1 })
  })

  it.each([
    ['text that is too large', (socket: WebSocket) => socket.send('x'.repeat(MAX_MESSAGE_BYTES + 1)), 1009],
    [
      'text that is not UTF-8',
      (socket: WebSocket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }),
      1007,
    ],
    ['bytes', (socket: WebSocket) => socket.send(Buffer.from('{"type":"leave"}')), 1003],
    ['no JSON', (socket: WebSocket) => socket.send('{'), 1002],
  ])('that sends %s is closed, alone', async (_what, send, closeCode) => {
    await using listener = await listen()
    await using good = await connectRaw(listener.url)
    await join(good, 'r')
    await using bad = await connectRaw(listener.url)
    await join(bad, 'r')
    send(bad.socket)
    expect(await bad.closed).toBe(closeCode)
    expect(await good.until('"peer-left"')).toContain('"disconnected"')
    expect(good.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('still gets its peer after 2000 hostile frames, and nothing is left of them', async () => {
    const server = createRoomServer()
    await using listener = await listen({ server })
    const open = () => openSignaling(listener.url)
    await using offerer = await joinRoom(open, { room: 'good', role: 'offerer', name: null })

    let sent = 0
    while (sent < 2000) {
      const frames = HOSTILE_FRAMES.slice(sent % 7)
      const attackers = await Promise.all(frames.map(() => connectRaw(listener.url)))
      for (const [n, { socket }] of attackers.entries()) {
        const frame = frames[n] ?? ''
        // The first closes the socket; what follows must not matter either.
        for (let copy = 0; copy < 10; copy += 1, sent += 1) {
          if (typeof frame === 'string') socket.send(frame)
          else rawTcp(socket).write(frame)
        }
      }
      await Promise.all(attackers.map((attacker) => attacker.closed))
    }

    await using answerer = await joinRoom(open, { room: 'good', role: 'answerer', name: null })
    await answerer.send(offerer.peerId, { type: 'offer', sdp: 'still here' })
    for await (const event of offerer.events()) {
      if (event.type !== 'message') continue
      expect(event.message).toEqual({ type: 'offer', sdp: 'still here' })
      break
    }
    expect(server.counters()).toEqual({ rooms: 1, peers: 2, sockets: 2 })
  })

  it('leaves nothing behind when all are gone', async () => {
    const server = createRoomServer()
    const listener = await listen({ server })
    const open = () => openSignaling(listener.url)
    const rooms = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        joinRoom(open, { room: `room ${n % 20}`, role: 'offerer', name: null }),
      ),
    )
    expect(server.counters()).toEqual({ rooms: 20, peers: 40, sockets: 40 })
    await Promise.all(rooms.map((room) => room[Symbol.asyncDispose]()))
    await listener[Symbol.asyncDispose]()
    expect(server.counters()).toEqual({ rooms: 0, peers: 0, sockets: 0 })
  })

  it('comes back by itself when the server restarts at the same port', async () => {
    const first = await listen()
    const { port } = first
    await using room = await joinRoom(() => openSignaling(first.url), {
      room: 'r',
      role: 'offerer',
      name: null,
    })
    const events = room.events()[Symbol.asyncIterator]()
    await events.next()
    await first[Symbol.asyncDispose]()
    expect((await events.next()).value).toMatchObject({ type: 'lost' })
    expect((await events.next()).value).toMatchObject({ type: 'unreachable', refused: true })
    await using second = await listen({ port })
    expect(second.port).toBe(port)
    let event = (await events.next()).value
    while (event?.type === 'unreachable') event = (await events.next()).value
    expect(event).toMatchObject({ type: 'joined' })
  })
})

/** Texts go out as text frames; bytes go past the WebSocket client, straight to TCP. */
const HOSTILE_FRAMES: (string | Buffer)[] = [
  '{',
  'null',
  '[]',
  '['.repeat(65_000),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  '{"__proto__":{"type":"join"}}',
  '{"type":"__proto__"}',
  '{"type":"join","room":"\\u0000","role":"offerer","name":null}',
  '{"type":"ping","id":1e400}',
  '{"type":"candidate","candidate":{"__proto__":null},"to":"x"}',
  'x'.repeat(70_000),
  // RFC 6455 §5.2: unmasked, a reserved opcode, an invalid length, a fragmented control frame.
  Buffer.from([0x81, 0x02, 0x7b, 0x7d]),
  Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
  Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
  Buffer.from([0x09, 0x80, 0, 0, 0, 0]),
  Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]),
]

function rawTcp(socket: WebSocket): Socket {
  const raw: unknown = Reflect.get(socket, '_socket')
  if (raw instanceof Socket) return raw
  throw new Error('ws has renamed its socket')
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PeerEvent } from '../../src/events.js'
import { createRoomServer } from '../../src/server/room-server.js'
import { connectMemoryClient, type MemoryClient } from './memory-socket.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const NOTHING = { rooms: 0, peers: 0, sockets: 0 }

/** Two clients in one room. */
function pair(server = createRoomServer()) {
  const first = connectMemoryClient(server)
  const second = connectMemoryClient(server)
  const firstId = peerIdOf(first, 'r')
  const secondId = peerIdOf(second, 'r')
  return { server, first, second, firstId, secondId }
}

function peerIdOf(client: MemoryClient, room: string): string {
  const answer = client.join(room)
  if (answer?.type !== 'joined') throw new Error(`expected joined, got ${JSON.stringify(answer)}`)
  return answer.peerId
}

function ownTurnServer({ room, peerId }: { room: string; peerId: string }): RTCIceServer[] {
  return [{ urls: 'turn:t.example', username: `${room}:${peerId.length}`, credential: 'secret' }]
}

function defect(): never {
  throw new Error('a defect')
}

describe('joining', () => {
  it('greets every socket first', () => {
    const client = connectMemoryClient(createRoomServer({ version: '1.2.3' }))
    expect(client.sent).toEqual([
      { type: 'hello', version: 1, server: 'webrtc-cli/1.2.3', maxMessageBytes: 65_536 },
    ])
  })

  it('tells the newcomer who is there, and those who are there of the newcomer', () => {
    const server = createRoomServer()
    const first = connectMemoryClient(server)
    const second = connectMemoryClient(server)
    const firstAnswer = first.join('r', 'Ann')
    const secondAnswer = second.join('r', 'Bob')
    expect(firstAnswer).toMatchObject({ type: 'joined', room: 'r', peers: [], iceServers: [] })
    expect(secondAnswer).toMatchObject({ type: 'joined', peers: [{ role: 'offerer', name: 'Ann' }] })
    expect(first.last()).toMatchObject({ type: 'peer-joined', peer: { role: 'offerer', name: 'Bob' } })
    expect(server.counters()).toEqual({ rooms: 1, peers: 2, sockets: 2 })
  })

  it('gives every peer an unguessable id', () => {
    const server = createRoomServer({ maxPeersPerRoom: 50 })
    const ids = Array.from({ length: 50 }, () => peerIdOf(connectMemoryClient(server), 'r'))
    expect(new Set(ids).size).toBe(50)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  })

  it("passes ICE servers of the peer's own", () => {
    const client = connectMemoryClient(createRoomServer({ iceServers: ownTurnServer }))
    expect(client.join('r')).toMatchObject({ iceServers: [{ username: 'r:36', credential: 'secret' }] })
  })

  it.each([
    [2, undefined],
    [3, 3],
  ])('admits %i peers to a room and refuses the next with room-full', (places, maxPeersPerRoom) => {
    const server = createRoomServer({ maxPeersPerRoom })
    for (let n = 0; n < places; n += 1) expect(connectMemoryClient(server).join('r')?.type).toBe('joined')
    const late = connectMemoryClient(server)
    expect(late.join('r')).toMatchObject({ type: 'error', code: 'room-full' })
    expect(late.closedWith).toBeUndefined()
    expect(late.join('other')?.type).toBe('joined')
  })

  it('refuses the room above its limit with server-full and closes with 1013', () => {
    const server = createRoomServer({ maxRooms: 1 })
    expect(connectMemoryClient(server).join('a')?.type).toBe('joined')
    const late = connectMemoryClient(server)
    expect(late.join('b')).toMatchObject({ type: 'error', code: 'server-full' })
    expect(late.closedWith?.code).toBe(1013)
  })

  it('refuses a second join with already-joined', () => {
    const { first, server } = pair()
    expect(first.join('elsewhere')).toMatchObject({ type: 'error', code: 'already-joined' })
    expect(server.counters().rooms).toBe(1)
  })

  it('closes a socket that joins nothing within 10 s', () => {
    const { server, first } = pair()
    const idle = connectMemoryClient(server)
    vi.advanceTimersByTime(9_999)
    expect(idle.closedWith).toBeUndefined()
    vi.advanceTimersByTime(1)
    expect(idle.last()).toMatchObject({ type: 'error', code: 'join-timeout' })
    expect(idle.closedWith?.code).toBe(1008)
    expect(first.closedWith).toBeUndefined()
    expect(server.counters().sockets).toBe(2)
  })

  it.each(['__proto__', 'constructor', 'toString', 'Grüße 👋'])(
    'takes %s as a room like any other',
    (room) => {
      const server = createRoomServer()
      expect(connectMemoryClient(server).join(room)?.type).toBe('joined')
      expect(connectMemoryClient(server).join(room)).toMatchObject({ peers: [{ role: 'offerer' }] })
    },
  )
})

describe('leaving', () => {
  it('tells the others whether a peer left, was disconnected or fell silent', () => {
    const { server, first, second, secondId } = pair()
    second.say({ type: 'leave' })
    expect(first.last()).toEqual({ type: 'peer-left', peerId: secondId, reason: 'left' })
    const again = peerIdOf(second, 'r')
    second.onClosed()
    expect(first.last()).toEqual({ type: 'peer-left', peerId: again, reason: 'disconnected' })
    const silent = connectMemoryClient(server)
    const silentId = peerIdOf(silent, 'r')
    silent.onTimedOut()
    expect(first.last()).toEqual({ type: 'peer-left', peerId: silentId, reason: 'timed-out' })
    expect(server.counters()).toEqual({ rooms: 1, peers: 1, sockets: 1 })
  })

  it('closes a socket that left and joins nothing again', () => {
    const { first } = pair()
    first.say({ type: 'leave' })
    vi.advanceTimersByTime(10_000)
    expect(first.closedWith?.code).toBe(1008)
  })

  it('forgets rooms, peers, sockets and timers when all are gone', () => {
    const server = createRoomServer()
    const clients = Array.from({ length: 1000 }, (_, n) => {
      const client = connectMemoryClient(server)
      if (n % 3 !== 0) client.join(`room ${n % 500}`)
      if (n % 5 === 0) client.say({ type: 'leave' })
      if (n % 7 === 0) client.onMessage('{')
      return client
    })
    expect(server.counters().peers).toBeGreaterThan(0)
    for (const client of clients) {
      client.onClosed()
      client.onClosed()
    }
    expect(server.counters()).toEqual(NOTHING)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('shuts down without telling peers that the others left', () => {
    const { server, first, second } = pair()
    const outside = connectMemoryClient(server)
    for (const client of [first, second, outside]) client.onShutdown()
    for (const client of [first, second, outside]) {
      expect(client.last()).toMatchObject({ type: 'error', code: 'going-away' })
      expect(client.sent.some((message) => message.type === 'peer-left')).toBe(false)
      expect(client.closedWith?.code).toBe(1001)
      client.onClosed()
    }
    expect(server.counters()).toEqual(NOTHING)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('relaying', () => {
  it.each([
    { type: 'offer' as const, sdp: 'v=0\r\n' },
    { type: 'answer' as const, sdp: 'v=0\r\n' },
    { type: 'candidate' as const, candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: null } },
    { type: 'end-of-candidates' as const },
    { type: 'bye' as const, reason: 'done' },
  ])('hands $type to the peer it is for, with the sender in place of the address', (message) => {
    const { first, second, firstId, secondId } = pair()
    second.say({ ...message, to: firstId })
    expect(first.last()).toEqual({ ...message, from: secondId })
  })

  it('drops fields that the protocol does not know', () => {
    const { first, second, firstId, secondId } = pair()
    second.onMessage(JSON.stringify({ type: 'offer', sdp: 'x', to: firstId, from: 'forged', extra: [1] }))
    expect(first.last()).toEqual({ type: 'offer', sdp: 'x', from: secondId })
  })

  it('answers a ping in and outside a room', () => {
    const client = connectMemoryClient(createRoomServer())
    client.say({ type: 'ping', id: 3 })
    expect(client.last()).toEqual({ type: 'pong', id: 3 })
  })

  it('refuses to relay before the join', () => {
    const client = connectMemoryClient(createRoomServer())
    client.say({ type: 'offer', sdp: 'x', to: 'somebody' })
    expect(client.last()).toMatchObject({ type: 'error', code: 'not-joined' })
  })

  it('refuses a peer that is unknown, in another room, or the sender itself', () => {
    const { server, first, second, firstId } = pair()
    const stranger = connectMemoryClient(server)
    const strangerId = peerIdOf(stranger, 'another room')
    for (const to of ['nobody', strangerId, firstId]) {
      first.say({ type: 'bye', reason: 'x', to })
      expect(first.last()).toMatchObject({ type: 'error', code: 'no-such-peer' })
    }
    for (const other of [second, stranger]) {
      expect(other.sent.some((message) => message.type === 'bye')).toBe(false)
    }
  })
})

describe('a client that misbehaves', () => {
  it.each([
    ['not JSON', '{', 1002, 'bad-message'],
    ['an empty frame', '', 1002, 'bad-message'],
    ['a JSON null', 'null', 1002, 'bad-message'],
    ['a list', '[]', 1002, 'bad-message'],
    ['no type', '{}', 1002, 'bad-message'],
    ['an unknown type', '{"type":"sudo"}', 1002, 'bad-message'],
    ['a type from the prototype', '{"__proto__":{"type":"leave"}}', 1002, 'bad-message'],
    ['a missing field', '{"type":"join","room":"r"}', 1002, 'bad-message'],
    [
      'a room with control characters',
      '{"type":"join","room":"\\u001b[2J","role":"offerer","name":null}',
      1002,
      'bad-message',
    ],
    ['deep nesting', '['.repeat(60_000), 1002, 'bad-message'],
    ['deep nesting that closes', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 1002, 'bad-message'],
    ['a huge number', '{"type":"ping","id":1e999}', 1002, 'bad-message'],
    ['a message that is too large', 'x'.repeat(65_537), 1009, 'too-large'],
  ])('is told and closed for %s, alone', (_what, frame, closeCode, errorCode) => {
    const { server, first, second, secondId } = pair()
    second.onMessage(frame)
    expect(second.last()).toMatchObject({ type: 'error', code: errorCode })
    expect(second.closedWith?.code).toBe(closeCode)
    expect(first.last()).toEqual({ type: 'peer-left', peerId: secondId, reason: 'disconnected' })
    expect(first.closedWith).toBeUndefined()
    expect(connectMemoryClient(server).join('r')?.type).toBe('joined')
  })

  it('is closed with 1003 for a binary frame', () => {
    const { second } = pair()
    second.onBinary()
    expect(second.last()).toMatchObject({ type: 'error', code: 'bad-message' })
    expect(second.closedWith?.code).toBe(1003)
  })

  it('is not heard any more after it was closed', () => {
    const { first, second, firstId } = pair()
    second.onMessage('{')
    const heard = first.sent.length
    second.say({ type: 'bye', reason: 'still here', to: firstId })
    second.onBinary()
    second.join('r')
    expect(first.sent).toHaveLength(heard)
  })

  it('may send 200 messages at once and 50 a second, and is closed with 1008 above that', () => {
    const client = connectMemoryClient(createRoomServer())
    client.join('r')
    for (let id = 1; id < 200; id += 1) client.say({ type: 'ping', id })
    vi.advanceTimersByTime(1_000)
    for (let id = 0; id < 50; id += 1) client.say({ type: 'ping', id })
    expect(client.closedWith).toBeUndefined()
    client.say({ type: 'ping', id: 0 })
    expect(client.last()).toMatchObject({ type: 'error', code: 'rate-limited', retryAfterMs: 20 })
    expect(client.closedWith?.code).toBe(1008)
  })

  it('is closed with 1013 when it does not read, and only then do its peers hear of it', () => {
    const { server, first, second, firstId, secondId } = pair()
    first.bufferedAmount = 1024 * 1024
    second.say({ type: 'bye', reason: '1', to: firstId })
    expect(first.closedWith).toBeUndefined()
    first.bufferedAmount += 1
    second.say({ type: 'bye', reason: '2', to: firstId })
    expect(first.closedWith?.code).toBe(1013)
    expect(second.last()).toEqual({ type: 'peer-left', peerId: firstId, reason: 'disconnected' })
    expect(second.closedWith).toBeUndefined()
    expect(server.counters().peers).toBe(1)
    expect(secondId).not.toBe(firstId)
  })

  it('never shows up in the room when it does not even read its own join', () => {
    const server = createRoomServer()
    const first = connectMemoryClient(server)
    first.join('r')
    const stuck = connectMemoryClient(server)
    stuck.bufferedAmount = 2 * 1024 * 1024
    stuck.join('r')
    expect(first.sent.some((message) => message.type === 'peer-joined')).toBe(false)
    expect(server.counters()).toEqual({ rooms: 1, peers: 1, sockets: 1 })
  })

  it('causes one warning, without its own words', () => {
    const events: PeerEvent[] = []
    const client = connectMemoryClient(createRoomServer({ onEvent: (event) => events.push(event) }))
    client.onMessage('{"type":"join","room":"\\u001b]0;owned","role":"offerer","name":null}')
    client.onMessage('more')
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ event: 'warning', code: 'bad-message' })
    expect(JSON.stringify(events)).not.toContain('owned')
  })

  it('is closed with 1011 when the server itself fails, and the others go on', () => {
    const server = createRoomServer({ iceServers: defect })
    const client = connectMemoryClient(server)
    expect(client.join('r')).toMatchObject({ type: 'error', code: 'internal' })
    expect(client.closedWith?.code).toBe(1011)
    expect(server.counters()).toEqual(NOTHING)
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PeerError } from '../../src/errors.js'
import type { PeerEvent } from '../../src/events.js'
import type { OpenSignalingChannel } from '../../src/signaling/channel.js'
import type { ClientMessage, ServerMessage } from '../../src/signaling/message.js'
import { joinRoom } from '../../src/signaling/join-room.js'
import type { Room, RoomEvent } from '../../src/signaling/room.js'
import { AsyncQueue } from '../../src/async/async-queue.js'
import { createMemorySignaling } from './memory-signaling.js'

beforeEach(() => {
  // Short waits: full jitter takes this share of the backoff.
  vi.spyOn(Math, 'random').mockReturnValue(0.02)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const OFFERER = { room: 'r', role: 'offerer', name: 'Ann' } as const
const ANSWERER = { room: 'r', role: 'answerer', name: null } as const

/** Reads a room's events one by one. */
function reader(room: Room) {
  const events = room.events()[Symbol.asyncIterator]()
  return {
    async next(): Promise<RoomEvent | undefined> {
      const { done, value } = await events.next()
      return done ? undefined : value
    },
    /** Skips to the next event of a type. */
    async until<Type extends RoomEvent['type']>(type: Type): Promise<Extract<RoomEvent, { type: Type }>> {
      for (;;) {
        const { done, value } = await events.next()
        if (done) throw new Error(`the room ended before "${type}"`)
        if (isOf(value, type)) return value
      }
    },
  }
}

function isOf<Type extends RoomEvent['type']>(
  event: RoomEvent,
  type: Type,
): event is Extract<RoomEvent, { type: Type }> {
  return event.type === type
}

describe('joinRoom', () => {
  it('joins and reports who is there', async () => {
    const { open, counters } = createMemorySignaling({ iceServers: () => [{ urls: 'stun:s.example' }] })
    await using first = await joinRoom(open, OFFERER)
    await using second = await joinRoom(open, ANSWERER)
    expect(second.name).toBe('r')
    expect(second.iceServers).toEqual([{ urls: 'stun:s.example' }])
    expect(second.peers).toEqual([{ peerId: first.peerId, role: 'offerer', name: 'Ann' }])
    const events = reader(first)
    expect(await events.next()).toEqual({ type: 'joined', peerId: first.peerId, peers: [] })
    const peer = { peerId: second.peerId, role: 'answerer', name: null }
    expect(await events.next()).toEqual({ type: 'peer-joined', peer })
    expect(first.peers).toEqual([peer])
    expect(counters()).toEqual({ rooms: 1, peers: 2, sockets: 2 })
  })

  it('rejects with ROOM_FULL naming the room, and closes what it opened', async () => {
    const { open, counters } = createMemorySignaling()
    await using offerer = await joinRoom(open, OFFERER)
    await using answerer = await joinRoom(open, ANSWERER)
    const third = joinRoom(open, ANSWERER)
    await expect(third).rejects.toMatchObject({ code: 'ROOM_FULL', hint: expect.stringContaining('--room') })
    await expect(third).rejects.toThrow('Room "r" at memory://signaling is full.')
    expect(offerer.peers).toMatchObject([{ peerId: answerer.peerId }])
    expect(counters().sockets).toBe(2)
  })

  it('rejects with SERVER_FULL when the server has no room left', async () => {
    const { open } = createMemorySignaling({ maxRooms: 1 })
    await using first = await joinRoom(open, OFFERER)
    await expect(joinRoom(open, { ...OFFERER, room: 'another' })).rejects.toMatchObject({
      code: 'SERVER_FULL',
    })
    expect(first.peers).toEqual([])
  })

  it('tells a room name that the server does not take', async () => {
    const { open } = createMemorySignaling()
    await expect(joinRoom(open, { ...OFFERER, room: '' })).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
      message: expect.stringContaining('field "room" must be 1 to 128 printable characters'),
    })
  })

  it('waits for a server that is still starting', async () => {
    const signaling = createMemorySignaling()
    signaling.stop()
    let attempts = 0
    const open: OpenSignalingChannel = (options) => {
      attempts += 1
      if (attempts === 4) signaling.start()
      return signaling.open(options)
    }
    await using room = await joinRoom(open, OFFERER)
    expect(room.peers).toEqual([])
    expect(attempts).toBe(4)
  })

  it('gives up on a server that refuses for 2 s', async () => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(0.999_999)
    const signaling = createMemorySignaling()
    signaling.stop()
    const attemptsAt: number[] = []
    const startedAt = performance.now()
    const open: OpenSignalingChannel = (options) => {
      attemptsAt.push(Math.round(performance.now() - startedAt))
      return signaling.open(options)
    }
    const failure = joinRoom(open, OFFERER).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(2_500)
    expect(await failure).toMatchObject({ code: 'SIGNALING_UNREACHABLE' })
    expect(attemptsAt).toEqual([0, 99, 298, 697, 1496, 2000])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects any other failure at once', async () => {
    const failure = new PeerError('SIGNALING_UNREACHABLE', 'The host name is unknown.')
    let attempts = 0
    const open: OpenSignalingChannel = async () => {
      attempts += 1
      throw failure
    }
    await expect(joinRoom(open, OFFERER)).rejects.toBe(failure)
    expect(attempts).toBe(1)
  })

  it('stops waiting with the reason of the signal', async () => {
    const signaling = createMemorySignaling()
    signaling.stop()
    const controller = new AbortController()
    const reason = new Error('changed my mind')
    const open: OpenSignalingChannel = (options) => {
      controller.abort(reason)
      return signaling.open(options)
    }
    await expect(joinRoom(open, OFFERER, { signal: controller.signal })).rejects.toBe(reason)
  })

  it('gives up on a server that never answers the join', async () => {
    vi.useFakeTimers()
    const server = createScriptedServer(() => [])
    const failure = joinRoom(server.open, OFFERER).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await failure).toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining('scripted://server'),
    })
    expect(server.openChannels()).toBe(0)
  })

  it('outlives the signal that it was joined with', async () => {
    const { open } = createMemorySignaling()
    const controller = new AbortController()
    await using first = await joinRoom(open, OFFERER, { signal: controller.signal })
    controller.abort()
    await using second = await joinRoom(open, ANSWERER)
    expect(await reader(first).until('peer-joined')).toMatchObject({ peer: { peerId: second.peerId } })
  })
})

describe('a room', () => {
  it('carries messages both ways', async () => {
    const { open } = createMemorySignaling()
    await using first = await joinRoom(open, OFFERER)
    await using second = await joinRoom(open, ANSWERER)
    await first.send(second.peerId, { type: 'offer', sdp: 'o' })
    expect(await reader(second).until('message')).toEqual({
      type: 'message',
      from: first.peerId,
      message: { type: 'offer', sdp: 'o' },
    })
    await second.send(first.peerId, { type: 'answer', sdp: 'a' })
    expect(await reader(first).until('message')).toMatchObject({ message: { type: 'answer', sdp: 'a' } })
  })

  it('is left when it is disposed: the others hear it, the events end, nothing stays', async () => {
    const { open, counters } = createMemorySignaling()
    await using first = await joinRoom(open, OFFERER)
    const second = await joinRoom(open, ANSWERER)
    const { peerId } = second
    await second[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
    const events = reader(second)
    expect(await events.next()).toMatchObject({ type: 'joined' })
    expect(await events.next()).toBeUndefined()
    await expect(second.send(first.peerId, { type: 'bye', reason: '' })).rejects.toMatchObject({
      code: 'SIGNALING_LOST',
    })
    expect(await reader(first).until('peer-left')).toEqual({ type: 'peer-left', peerId, reason: 'left' })
    expect(first.peers).toEqual([])
    expect(counters()).toEqual({ rooms: 1, peers: 1, sockets: 1 })
  })

  it('comes back with a new peerId after the connection broke', async () => {
    const { open, cut } = createMemorySignaling()
    await using first = await joinRoom(open, OFFERER)
    const events = reader(first)
    const before = first.peerId
    await events.until('joined')
    cut()
    expect(await events.next()).toMatchObject({ type: 'lost', error: { code: 'SIGNALING_LOST' } })
    await expect(first.send('anybody', { type: 'end-of-candidates' })).rejects.toMatchObject({
      code: 'SIGNALING_LOST',
    })
    const { peerId } = await events.until('joined')
    expect(peerId).not.toBe(before)
    expect(first.peerId).toBe(peerId)
    await using second = await joinRoom(open, ANSWERER)
    expect(await events.until('peer-joined')).toMatchObject({ peer: { peerId: second.peerId } })
  })

  it('finds the other peer again after a restart of the server', async () => {
    const signaling = createMemorySignaling()
    await using first = await joinRoom(signaling.open, OFFERER)
    await using second = await joinRoom(signaling.open, ANSWERER)
    signaling.stop()
    signaling.start()
    const events = reader(first)
    await events.until('lost')
    const { peers } = await events.until('joined')
    const back = peers[0] ?? (await events.until('peer-joined')).peer
    await reader(second).until('lost')
    await first.send(back.peerId, { type: 'offer', sdp: 'again' })
    expect(await reader(second).until('message')).toMatchObject({ message: { sdp: 'again' } })
  })

  it('reports each failed attempt, and whether it was refused', async () => {
    const signaling = createMemorySignaling()
    let failWith: PeerError | undefined
    const open: OpenSignalingChannel = (options) => {
      if (failWith) return Promise.reject(failWith)
      return signaling.open(options)
    }
    await using room = await joinRoom(open, OFFERER)
    const events = reader(room)
    signaling.stop()
    expect(await events.until('unreachable')).toMatchObject({
      refused: true,
      error: { code: 'SIGNALING_UNREACHABLE' },
    })
    failWith = new PeerError('TIMED_OUT', 'The server did not answer within 10 s.')
    await vi.waitUntil(async () => !(await events.until('unreachable')).refused)
    failWith = undefined
    signaling.start()
    expect(await events.until('joined')).toMatchObject({ peers: [] })
  })

  it('waits longer and longer between attempts, up to 10 s', async () => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(0.999_999)
    const signaling = createMemorySignaling()
    await using room = await joinRoom(signaling.open, OFFERER)
    const failedAt: number[] = []
    signaling.stop()
    const following = (async () => {
      for await (const event of room.events())
        if (event.type === 'unreachable') failedAt.push(performance.now())
    })()
    const startedAt = performance.now()
    await vi.advanceTimersByTimeAsync(45_000)
    await room[Symbol.asyncDispose]()
    await following
    const waits = failedAt.map((at, n) => Math.round((at - (failedAt[n - 1] ?? startedAt)) / 100) / 10)
    expect(waits).toEqual([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('can be left while it reconnects', async () => {
    const signaling = createMemorySignaling()
    const room = await joinRoom(signaling.open, OFFERER)
    signaling.stop()
    const events = reader(room)
    await events.until('unreachable')
    await room[Symbol.asyncDispose]()
    for (;;) if ((await events.next()) === undefined) break
    expect(signaling.counters().sockets).toBe(0)
  })

  it('can be left while a reconnect hangs, and leaves no connection behind', async () => {
    const signaling = createMemorySignaling()
    const hanging = new AsyncQueue<'hanging'>()
    let attempts = 0
    const open: OpenSignalingChannel = ({ signal } = {}) => {
      attempts += 1
      if (attempts === 1) return signaling.open({ signal })
      hanging.push('hanging')
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    }
    const room = await joinRoom(open, OFFERER)
    signaling.cut()
    await hanging.next()
    await room[Symbol.asyncDispose]()
    expect(attempts).toBe(2)
  })

  it('gives what the server said last as the reason of the loss', async () => {
    const { open } = createMemorySignaling({ messageBurst: 2, messagesPerSecond: 1 })
    await using first = await joinRoom(open, OFFERER)
    await using second = await joinRoom(open, ANSWERER)
    for (let n = 0; n < 2; n += 1) await first.send(second.peerId, { type: 'end-of-candidates' })
    expect(await reader(first).until('lost')).toMatchObject({ error: { code: 'RATE_LIMITED' } })
  })

  it('is silent about a message that crossed with the leaving of its receiver', async () => {
    const { open } = createMemorySignaling()
    const warnings: PeerEvent[] = []
    await using first = await joinRoom(open, OFFERER, { onEvent: (event) => warnings.push(event) })
    await first.send('gone', { type: 'end-of-candidates' })
    await using second = await joinRoom(open, ANSWERER)
    expect(await reader(first).until('peer-joined')).toMatchObject({ peer: { peerId: second.peerId } })
    expect(warnings).toEqual([])
  })

  it('warns of an error that a newer server added and that ends nothing', async () => {
    const server = createScriptedServer(() => [
      { type: 'joined', room: 'r', peerId: 'me', peers: [], iceServers: [] },
      { type: 'error', code: 'quota-near', message: 'Nearly used up.' },
      { type: 'peer-joined', peer: { peerId: 'you', role: 'answerer', name: null } },
    ])
    const warnings: PeerEvent[] = []
    await using room = await joinRoom(server.open, OFFERER, { onEvent: (event) => warnings.push(event) })
    await reader(room).until('peer-joined')
    expect(warnings).toMatchObject([{ event: 'warning', message: expect.stringContaining('"quota-near"') }])
  })

  it('ignores peers that the server never introduced', async () => {
    const server = createScriptedServer(() => [
      { type: 'joined', room: 'r', peerId: 'me', peers: [], iceServers: [] },
      { type: 'offer', sdp: 'x', from: 'ghost' },
      { type: 'peer-left', peerId: 'ghost', reason: 'left' },
      { type: 'peer-joined', peer: { peerId: 'you', role: 'answerer', name: null } },
      { type: 'offer', sdp: 'y', from: 'you' },
    ])
    await using room = await joinRoom(server.open, OFFERER)
    const events = reader(room)
    expect(await events.next()).toMatchObject({ type: 'joined' })
    expect(await events.next()).toMatchObject({ type: 'peer-joined' })
    expect(await events.next()).toMatchObject({ type: 'message', message: { sdp: 'y' } })
  })

  it('reports a protocol violation as a loss and comes back', async () => {
    let joins = 0
    const server = createScriptedServer(() => {
      joins += 1
      const joined: ServerMessage = {
        type: 'joined',
        room: 'r',
        peerId: `me-${joins}`,
        peers: [],
        iceServers: [],
      }
      return joins === 1 ? [joined, new PeerError('PROTOCOL_VIOLATION', 'Not JSON.')] : [joined]
    })
    await using room = await joinRoom(server.open, OFFERER)
    const events = reader(room)
    expect(await events.until('lost')).toMatchObject({ error: { code: 'PROTOCOL_VIOLATION' } })
    expect(await events.until('joined')).toMatchObject({ peerId: 'me-2' })
    await vi.waitUntil(() => server.openChannels() === 1)
  })
})

/** A server that answers every `join` with the same messages; a PeerError among them breaks the reading. */
function createScriptedServer(answer: () => (ServerMessage | PeerError)[]) {
  let channels = 0
  const open: OpenSignalingChannel = async () => {
    channels += 1
    const messages = new AsyncQueue<ServerMessage>()
    let disposed = false
    return {
      url: 'scripted://server',
      closed: Promise.resolve(new PeerError('SIGNALING_LOST', 'The scripted server is gone.')),
      async send(message: ClientMessage) {
        if (message.type !== 'join') return
        for (const item of answer()) {
          if (item instanceof PeerError) messages.fail(item)
          else messages.push(item)
        }
      },
      messages: (options) => messages.read(options),
      async [Symbol.asyncDispose]() {
        if (!disposed) channels -= 1
        disposed = true
        messages.end()
      },
    }
  }
  return { open, openChannels: () => channels }
}

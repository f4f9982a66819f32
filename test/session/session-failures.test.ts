import { describe, expect, it } from 'vitest'
import { createPeerConnection } from '../../src/adapters/wrtc/index.js'
import { aborted } from '../../src/async/abortable.js'
import { deferred } from '../../src/async/deferred.js'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { CandidateLog } from '../../src/session/candidate-log.js'
import { DEFAULT_CANDIDATE_POLICY } from '../../src/session/candidate.js'
import { CONTROL_CHANNEL } from '../../src/session/control-message.js'
import type { CreatePeerConnection, DataChannel } from '../../src/session/ports.js'
import { openSession } from '../../src/session/open-session.js'
import type { SessionOptions } from '../../src/session/session.js'
import { createLocalRoom } from '../../src/signaling/local-room.js'
import type { PeerMessage, Role } from '../../src/signaling/message.js'
import { joinRoom } from '../../src/signaling/join-room.js'
import type { Room } from '../../src/signaling/room.js'
import { createMemorySignaling } from '../signaling/memory-signaling.js'
import { openSessionPair } from '../support/session-pair.js'

function optionsOf(role: Role, options: Partial<SessionOptions> = {}): SessionOptions {
  return {
    role,
    createPeerConnection,
    configuration: { iceServers: [] },
    verb: 'test',
    features: ['chat'],
    ...options,
  }
}

/** An offer that is in order, of a connection that nobody in the room has. */
async function offerOfAStranger(): Promise<string> {
  await using stranger = createPeerConnection({ iceServers: [] }, () => undefined)
  stranger.createDataChannel('x')
  const { sdp = '' } = await stranger.createOffer()
  return sdp
}

/** Events as they are reported, and waiting for one of them. */
function recordEvents() {
  const events: PeerEvent[] = []
  const listeners = new Set<(event: PeerEvent) => void>()
  return {
    events,
    onEvent: (event: PeerEvent) => {
      events.push(event)
      for (const listener of listeners) listener(event)
    },
    until: (matches: (event: PeerEvent) => boolean): Promise<PeerEvent> => {
      const found = events.find(matches)
      if (found) return Promise.resolve(found)
      return new Promise((resolve) => listeners.add((event) => matches(event) && resolve(event)))
    },
  }
}

/** The room, with what this side sends changed on its way. */
function alterSent(room: Room, alter: (message: PeerMessage) => PeerMessage): Room {
  return {
    name: room.name,
    peerId: room.peerId,
    iceServers: room.iceServers,
    peers: room.peers,
    send: (to, message, options) => room.send(to, alter(message), options),
    events: (options) => room.events(options),
    [Symbol.asyncDispose]: async () => room[Symbol.asyncDispose](),
  }
}

/** Keeps the control channel of the session, so that a test can speak on it as a peer of another make would. */
function exposeControl(): { create: CreatePeerConnection; control: () => DataChannel } {
  let control: DataChannel | undefined
  return {
    create(configuration, onEvent) {
      const connection = createPeerConnection(configuration, onEvent)
      const createDataChannel = connection.createDataChannel.bind(connection)
      connection.createDataChannel = (label, init) => {
        const channel = createDataChannel(label, init)
        if (label === CONTROL_CHANNEL.label) control = channel
        return channel
      }
      return connection
    },
    control() {
      if (!control) throw new Error('the session has no control channel')
      return control
    },
  }
}

describe('a session whose peer leaves before it is connected', () => {
  it('waits for the next one in the same room', async () => {
    const signaling = createMemorySignaling()
    await using offererRoom = await joinRoom(signaling.open, { room: 'r', role: 'offerer', name: null })
    const { events, onEvent } = recordEvents()
    const opening = openSession(offererRoom, optionsOf('offerer'), { onEvent })

    const first = await joinRoom(signaling.open, { room: 'r', role: 'answerer', name: 'first' })
    for await (const event of first.events()) {
      if (event.type === 'message' && event.message.type === 'offer') break
    }
    await first[Symbol.asyncDispose]()

    await using secondRoom = await joinRoom(signaling.open, { room: 'r', role: 'answerer', name: 'second' })
    await using answerer = await openSession(secondRoom, optionsOf('answerer'))
    await using offerer = await opening
    expect(offerer.peer.name).toBe('second')
    expect(answerer.peerHello.verb).toBe('test')
    const told = events.filter(({ event }) => event === 'peer-joined' || event === 'peer-left')
    expect(told).toMatchObject([
      { event: 'peer-joined', name: 'first' },
      { event: 'peer-left', name: 'first' },
      { event: 'peer-joined', name: 'second' },
    ])
  })

  it('goes on waiting after a bye, and stops with the reason of its signal', async () => {
    const [offererRoom, answererRoom] = createLocalRoom('early-bye')
    const controller = new AbortController()
    const again = deferred()
    let waits = 0
    const onPhase = (phase: string) => {
      if (phase === 'waiting') waits += 1
      if (waits === 2) again.resolve()
    }
    const opening = openSession(offererRoom, optionsOf('offerer', { onPhase }), controller)
    for await (const event of answererRoom.events()) {
      if (event.type !== 'message') continue
      await answererRoom.send(offererRoom.peerId, { type: 'bye', reason: 'changed my mind' })
      break
    }
    await again.promise
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(opening).rejects.toBe(reason)
  })
})

describe('a session that finds no path', () => {
  it('fails at once with ICE_FAILED when only relays are allowed and none is obtained', async () => {
    const relayOnly = { configuration: { iceServers: [], iceTransportPolicy: 'relay' as const } }
    const [offererRoom] = createLocalRoom('relay')
    await expect(openSession(offererRoom, optionsOf('offerer', relayOnly))).rejects.toMatchObject({
      code: 'ICE_FAILED',
      message: expect.stringContaining('No relay candidate'),
      hint: expect.stringContaining('--ice-server'),
    })
  })

  it('points to the TURN server where only relays are allowed and it stays silent', () => {
    const relayOnly = { iceServers: [], iceTransportPolicy: 'relay' as const }
    const warnings: (string | null)[] = []
    const log = new CandidateLog(relayOnly, DEFAULT_CANDIDATE_POLICY, (event) => {
      if (event.event === 'warning') warnings.push(event.hint)
    })
    expect(log.notConnected(30_000)).toMatchObject({
      hint: expect.stringMatching(/^Check that the TURN server/),
    })
    const ofCertificate = 'its certificate is self-signed. Give the certificate with --ca FILE (PEM).'
    log.onError({ type: 'candidate-error', url: 'turns:h', errorCode: 701, errorText: ofCertificate })
    log.onConnectionEvent({ type: 'end-of-candidates' })
    expect(log.relayFailure()?.message).toMatch(/said: turns:h: 701 .+--ca FILE \(PEM\)\.$/)
    expect(warnings).toEqual([null])
  })

  it('times out with the candidates of both sides when the peer is there and silent', async () => {
    const [offererRoom] = createLocalRoom('silent')
    const opening = openSession(offererRoom, optionsOf('offerer', { connectTimeoutMs: 200 }))
    await expect(opening).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringMatching(/within 0\.2 s\. Candidates: local host; remote none\./),
    })
  })

  it('names the options when no candidate was allowed', async () => {
    const [offererRoom] = createLocalRoom('none')
    const options = { connectTimeoutMs: 200, candidatePolicy: { types: [], tcp: false, ipv6: true } }
    await expect(openSession(offererRoom, optionsOf('offerer', options))).rejects.toMatchObject({
      code: 'TIMED_OUT',
      hint: expect.stringContaining('--candidate-types'),
    })
  })
})

describe('a session with a hostile peer or server', () => {
  it('ignores, with one warning, a description of somebody else once it is connected', async () => {
    const [offererRoom, answererRoom] = createLocalRoom('stranger')
    const { events, onEvent, until } = recordEvents()
    const opening = [
      openSession(offererRoom, optionsOf('offerer'), { onEvent }),
      openSession(answererRoom, optionsOf('answerer')),
    ] as const
    await using offerer = await opening[0]
    await using answerer = await opening[1]

    await answererRoom.send(offererRoom.peerId, { type: 'offer', sdp: await offerOfAStranger() })
    const isRefusal = ({ event }: PeerEvent) => event === 'warning'
    expect(await until(isRefusal)).toMatchObject({ code: 'AUTHENTICATION_FAILED' })

    const channel = offerer.createDataChannel('after')
    await channel.send('still the same peer')
    for await (const incoming of answerer.incomingDataChannels()) {
      expect((await incoming.messages()[Symbol.asyncIterator]().next()).value).toBe('still the same peer')
      break
    }
    expect(events.filter(isRefusal)).toHaveLength(1)
    expect(offerer.signal.aborted).toBe(false)
  })

  it.each<[string, (sdp: string) => string]>([
    [
      'two fingerprints',
      (sdp) => sdp.replace(/a=fingerprint:sha-256 .*\r\n/, `$&a=fingerprint:sha-256 00:11\r\n`),
    ],
    ['no fingerprint', (sdp) => sdp.replaceAll(/a=fingerprint:.*\r\n/g, '')],
    ['a sha-1 fingerprint', (sdp) => sdp.replaceAll('fingerprint:sha-256', 'fingerprint:sha-1')],
    ['nothing in it that is SDP but the fingerprint', (sdp) => /a=fingerprint:.*\r\n/.exec(sdp)?.[0] ?? ''],
  ])('fails with PROTOCOL_VIOLATION at a first description with %s', async (_what, alter) => {
    const [offererRoom, answererRoom] = createLocalRoom('hostile')
    const controller = new AbortController()
    const hostile = alterSent(answererRoom, (message) =>
      message.type === 'answer' ? { ...message, sdp: alter(message.sdp) } : message,
    )
    const answering = openSession(hostile, optionsOf('answerer'), controller)
    answering.catch(() => undefined)
    await expect(openSession(offererRoom, optionsOf('offerer'))).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    })
    controller.abort()
    await expect(answering).rejects.toBe(controller.signal.reason)
  })

  it('is not disturbed by candidates that are nonsense or go nowhere', async () => {
    const [offererRoom, answererRoom] = createLocalRoom('candidates')
    const send = (candidate: string, sdpMid: string) =>
      answererRoom.send(offererRoom.peerId, {
        type: 'candidate',
        candidate: { candidate, sdpMid, sdpMLineIndex: null },
      })
    await send('nonsense', '0')
    await send('candidate:1 1 udp 1 999.999.999.999 1 typ host', '0')
    await send('candidate:1 1 udp 1 192.0.2.1 1 typ host', 'no such section')
    const answering = openSession(answererRoom, optionsOf('answerer'))
    await using offerer = await openSession(offererRoom, optionsOf('offerer'))
    await using answerer = await answering
    expect([offerer.peerHello.verb, answerer.peerHello.verb]).toEqual(['test', 'test'])
  })

  it.each<[string, string | Uint8Array]>([
    ['text that is not JSON', 'garbage'],
    ['bytes', Uint8Array.of(1, 2, 3)],
    ['a broken ping', '{"type":"ping"}'],
  ])('ends as lost with PROTOCOL_VIOLATION when the control channel brings %s', async (_what, garbage) => {
    const { create, control } = exposeControl()
    await using pair = await openSessionPair({ answerer: { createPeerConnection: create } })
    await control().send(garbage)
    const end = await pair.offerer.ended
    expect(end).toMatchObject({ how: 'lost', error: { code: 'PROTOCOL_VIOLATION' } })
    await aborted(pair.offerer.signal)
    expect(pair.offerer.signal.reason).toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })

  it('lives with a message on the control channel that only a newer version knows', async () => {
    const { create, control } = exposeControl()
    await using pair = await openSessionPair({ answerer: { createPeerConnection: create } })
    await control().send('{"type":"later","with":["more"]}')
    await pair.answerer.leave('done')
    expect(await pair.offerer.ended).toEqual({ how: 'bye', reason: 'done' })
  })
})

describe('what a session reports', () => {
  it('has each state once, although the binding repeats itself, and ends connected', async () => {
    await using pair = await openSessionPair()
    const states = pair.events.offerer.filter(
      (event): event is PeerEventOf<'state'> => event.event === 'state',
    )
    const shown = states.map((state) => JSON.stringify(state))
    expect(shown.filter((state, index) => state === shown[index - 1])).toEqual([])
    expect(states.at(-1)).toMatchObject({ connectionState: 'connected' })
  })

  it('has each candidate once, none over TCP, and all before the connection ends', async () => {
    await using pair = await openSessionPair()
    const candidates = pair.events.offerer.filter(
      (event): event is PeerEventOf<'candidate'> => event.event === 'candidate',
    )
    const keys = candidates.map(
      ({ side, address, port, protocol }) => `${side} ${protocol} ${address} ${port}`,
    )
    expect(new Set(keys).size).toBe(keys.length)
    expect(new Set(candidates.map(({ side }) => side))).toEqual(new Set(['local', 'remote']))
    expect(candidates.filter(({ protocol }) => protocol !== 'udp')).toEqual([])
  })

  it('rejects everything with PEER_LOST once it has left', async () => {
    await using pair = await openSessionPair()
    await pair.offerer.leave('done')
    await pair.offerer[Symbol.asyncDispose]()
    await expect(pair.offerer.getStats()).rejects.toMatchObject({ code: 'PEER_LOST' })
    expect(() => pair.offerer.createDataChannel('x')).toThrow(expect.objectContaining({ code: 'PEER_LOST' }))
    expect(await pair.offerer.ended).toEqual({ how: 'left' })
    for await (const channel of pair.offerer.incomingDataChannels()) expect(channel).toBeUndefined()
    for await (const track of pair.offerer.tracks()) expect(track).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { createPeerConnection } from '../../../src/adapters/wrtc/index.js'
import type { PeerConnection, PeerConnectionEvent } from '../../../src/session/ports.js'
import { createConnectionPair, exchangeDescriptions } from './connection-pair.js'

const HOST_CANDIDATE = 'candidate:1 1 udp 2122260223 192.0.2.77 50000 typ host generation 0'

/** An offer of another connection, which is closed again. */
async function offerOfAPeer(): Promise<RTCSessionDescriptionInit> {
  await using peer = createPeerConnection({ iceServers: [] }, () => undefined)
  peer.createDataChannel('x')
  return await peer.createOffer()
}

async function remoteAddresses(connection: PeerConnection): Promise<string[]> {
  const stats = await connection.getStats()
  const remote = stats.filter(({ type }) => type === 'remote-candidate')
  return remote.map(({ address }) => String(address)).toSorted((a, b) => a.localeCompare(b))
}

function ufragOf({ sdp = '' }: RTCSessionDescriptionInit): string {
  return /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? ''
}

describe('a connection of the binding', () => {
  it('connects, carries channels in both ways of creating them, and reports what happens', async () => {
    await using pair = createConnectionPair()
    const negotiated = pair.left.createDataChannel('both know', { negotiated: true, id: 5 })
    pair.right.createDataChannel('both know', { negotiated: true, id: 5 })
    const announced = pair.left.createDataChannel('announced')
    await pair.connect()
    await Promise.all([negotiated.opened, announced.opened])
    await announced.send('hello')
    await pair.announced
    const arrived = pair.events.right.filter((event) => event.type === 'data-channel')
    expect(arrived.map(({ channel }) => channel.label)).toEqual(['announced'])
    expect(pair.left.states).toMatchObject({ connectionState: 'connected', signalingState: 'stable' })
    const types = new Set(pair.events.left.map(({ type }) => type))
    expect(types).toContain('candidate')
    expect(types).toContain('negotiation-needed')
  })

  it('opens a channel that is created while it is connected', async () => {
    await using pair = createConnectionPair()
    pair.left.createDataChannel('first')
    await pair.connect()
    await using late = pair.left.createDataChannel('late')
    await expect(late.opened).resolves.toBeUndefined()
  })

  it.each([
    ['none stated', /a=max-message-size:\d+\r\n/, '', 65_536],
    ['0, which is any', /(a=max-message-size:)\d+/, '$10', 262_144],
    ['more than the stack can send', /(a=max-message-size:)\d+/, '$199999999', 262_144],
    ['less', /(a=max-message-size:)\d+/, '$11200', 1200],
  ])("takes the largest message from the peer's description: %s", async (_what, pattern, to, bytes) => {
    await using connection = createPeerConnection({ iceServers: [] }, () => undefined)
    const channel = connection.createDataChannel('x', { negotiated: true, id: 1 })
    const { type, sdp } = await offerOfAPeer()
    await connection.setRemoteDescription({ type, sdp: sdp?.replace(pattern, to) })
    expect(channel.maxMessageSize).toBe(bytes)
  })
})

describe('candidates that arrive early', () => {
  it('are held until the remote description and applied with it', async () => {
    await using connection = createPeerConnection({ iceServers: [] }, () => undefined)
    const offer = await offerOfAPeer()
    await connection.addIceCandidate({
      candidate: `${HOST_CANDIDATE} ufrag ${ufragOf(offer)}`,
      sdpMid: '0',
      sdpMLineIndex: 0,
    })
    await connection.addIceCandidate({ candidate: HOST_CANDIDATE.replace('.77', '.78'), sdpMLineIndex: 0 })
    expect(await remoteAddresses(connection)).toEqual([])
    await connection.setRemoteDescription(offer)
    await connection.setLocalDescription(await connection.createAnswer())
    // libwebrtc answers getStats() from its cache for 50 ms.
    await expect.poll(() => remoteAddresses(connection)).toEqual(['192.0.2.77', '192.0.2.78'])
  })

  it('are dropped where they belong to a description that was replaced by another', async () => {
    await using connection = createPeerConnection({ iceServers: [] }, () => undefined)
    connection.createDataChannel('x')
    await connection.setLocalDescription(await connection.createOffer())
    const [ignored, offer] = [await offerOfAPeer(), await offerOfAPeer()]
    const candidateOf = (description: RTCSessionDescriptionInit, address: string) => ({
      candidate: `${HOST_CANDIDATE.replace('192.0.2.77', address)} ufrag ${ufragOf(description)}`,
      sdpMid: '0',
    })
    await connection.addIceCandidate(candidateOf(ignored, '192.0.2.1'))
    await connection.rollback()
    await connection.addIceCandidate(candidateOf(offer, '192.0.2.2'))
    await connection.setRemoteDescription(offer)
    await connection.setLocalDescription(await connection.createAnswer())
    expect(await remoteAddresses(connection)).toEqual(['192.0.2.2'])
  })

  it('spoil nothing when the binding refuses one of them', async () => {
    await using connection = createPeerConnection({ iceServers: [] }, () => undefined)
    await connection.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMid: 'no such section' })
    await connection.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMid: '0' })
    await connection.setRemoteDescription(await offerOfAPeer())
    await connection.setLocalDescription(await connection.createAnswer())
    expect(await remoteAddresses(connection)).toEqual(['192.0.2.77'])
  })
})

describe('what the binding refuses', () => {
  it.each<[string, (connection: PeerConnection) => Promise<unknown>]>([
    ['nonsense as an offer', (connection) => connection.setRemoteDescription({ type: 'offer', sdp: 'v=1' })],
    [
      'an answer to nothing',
      async (connection) => {
        const { sdp } = await offerOfAPeer()
        return connection.setRemoteDescription({ type: 'answer', sdp })
      },
    ],
    ['an answer before an offer', (connection) => connection.createAnswer()],
    ['a description that was not created', (connection) => connection.setLocalDescription({ type: 'offer' })],
    ['a rollback of nothing', (connection) => connection.rollback()],
    [
      'a candidate of no section',
      async (connection) => {
        await connection.setRemoteDescription(await offerOfAPeer())
        return connection.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMid: '77' })
      },
    ],
  ])('rejects as a PeerError with its words and an Error as the cause: %s', async (_what, attempt) => {
    await using connection = createPeerConnection({ iceServers: [] }, () => undefined)
    await expect(attempt(connection)).rejects.toMatchObject({
      name: 'PeerError',
      code: 'PROTOCOL_VIOLATION',
      message: expect.stringMatching(/^\w+\(\) failed: ./),
      cause: expect.any(Error),
    })
  })

  it.each<[string, object]>([
    ['an ICE server it cannot read', { iceServers: [{ urls: 'stun://host' }] }],
    ['a TURN server without credentials', { iceServers: [{ urls: 'turn:host' }] }],
    ['a policy that does not exist', { iceTransportPolicy: 'none' }],
    ['a port range upside down', { portRange: { min: 3, max: 2 } }],
  ])('throws CONFIGURATION for %s', (_what, configuration) => {
    expect(() => createPeerConnection(configuration, () => undefined)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION', cause: expect.any(Error) }),
    )
  })
})

describe('a disposed connection', () => {
  it.each<[string, (connection: PeerConnection) => Promise<unknown>]>([
    ['getStats', (connection) => connection.getStats()],
    ['createOffer', (connection) => connection.createOffer()],
    ['createAnswer', (connection) => connection.createAnswer()],
    ['setLocalDescription', (connection) => connection.setLocalDescription({ type: 'offer', sdp: '' })],
    ['setRemoteDescription', (connection) => connection.setRemoteDescription({ type: 'offer', sdp: '' })],
    ['rollback', (connection) => connection.rollback()],
    [
      'addIceCandidate',
      (connection) => connection.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMid: '0' }),
    ],
    ['createDataChannel', async (connection) => connection.createDataChannel('x')],
  ])('rejects %s with PEER_LOST', async (_name, call) => {
    const connection = createPeerConnection({ iceServers: [] }, () => undefined)
    await connection[Symbol.asyncDispose]()
    await expect(call(connection)).rejects.toMatchObject({ code: 'PEER_LOST' })
  })

  it('rejects with PEER_LOST what was under way, which the binding would leave pending', async () => {
    await using pair = createConnectionPair()
    pair.left.createDataChannel('x')
    await pair.connect()
    const calls = [
      pair.left.getStats(),
      pair.left.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMid: '0' }),
      pair.left.createOffer(),
    ]
    const outcomes = Promise.allSettled(calls)
    await pair.left[Symbol.asyncDispose]()
    const lost = { status: 'rejected', reason: { code: 'PEER_LOST' } }
    expect(await outcomes).toMatchObject([lost, lost, lost])
  })

  it('has closed its channels, those of the peer, and those that never opened', async () => {
    await using pair = createConnectionPair()
    const open = pair.left.createDataChannel('open', { negotiated: true, id: 1 })
    const ofPeer = pair.right.createDataChannel('open', { negotiated: true, id: 1 })
    await pair.connect()
    await Promise.all([open.opened, ofPeer.opened])
    const unopened = pair.left.createDataChannel('alone', { negotiated: true, id: 2 })
    await pair.left[Symbol.asyncDispose]()
    await Promise.all([open.closed, unopened.closed, ofPeer.closed])
    await expect(open.send('x')).rejects.toMatchObject({ code: 'PEER_LOST' })
  })

  it('says nothing more, takes restartIce without effect, and can be disposed again', async () => {
    await using pair = createConnectionPair()
    pair.left.createDataChannel('x')
    await pair.connect()
    await pair.left[Symbol.asyncDispose]()
    const said: PeerConnectionEvent[] = pair.events.left.splice(0)
    pair.left.restartIce()
    await Promise.all([pair.left[Symbol.asyncDispose](), pair.left[Symbol.asyncDispose]()])
    // Events of a closed connection come in later turns: another one connects meanwhile.
    await using other = createConnectionPair()
    other.left.createDataChannel('x')
    await other.connect()
    expect(said.length).toBeGreaterThan(0)
    expect(pair.events.left).toEqual([])
    expect(pair.left.states.connectionState).toBe('closed')
  })
})

describe('a rollback', () => {
  it('lets the polite side take the offer it collided with', async () => {
    await using pair = createConnectionPair()
    pair.left.createDataChannel('left', { negotiated: true, id: 1 })
    pair.right.createDataChannel('right', { negotiated: true, id: 1 })
    await pair.left.setLocalDescription(await pair.left.createOffer())
    expect(pair.left.states.signalingState).toBe('have-local-offer')
    await pair.left.rollback()
    expect(pair.left.states.signalingState).toBe('stable')
    await exchangeDescriptions(pair.right, pair.left)
    expect(pair.left.states.signalingState).toBe('stable')
    expect(pair.left.remoteDescription).toMatchObject({ type: 'offer' })
  })
})

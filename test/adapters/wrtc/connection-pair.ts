import { createPeerConnection } from '../../../src/adapters/wrtc/index.js'
import { deferred } from '../../../src/async/deferred.js'
import type { PeerConnection, PeerConnectionEvent } from '../../../src/session/ports.js'

export interface ConnectionPair extends AsyncDisposable {
  left: PeerConnection
  right: PeerConnection
  /** What the two reported, in order. */
  events: { left: PeerConnectionEvent[]; right: PeerConnectionEvent[] }
  /** Resolves when a channel that the left side created was announced to the right one. */
  announced: Promise<void>
  /** Offer, answer and candidates; resolves when both say `connected`. Needs a channel or track to offer. */
  connect(): Promise<void>
}

/** Two real connections on loopback, not yet joined, that hand each other their UDP candidates. */
export function createConnectionPair(): ConnectionPair {
  const events: ConnectionPair['events'] = { left: [], right: [] }
  const connected = { left: deferred(), right: deferred() }
  const announced = deferred()
  const create = (side: 'left' | 'right', other: () => PeerConnection) =>
    createPeerConnection({ iceServers: [] }, (event) => {
      events[side].push(event)
      if (event.type === 'state' && event.states.connectionState === 'connected') connected[side].resolve()
      if (event.type === 'data-channel' && side === 'right') announced.resolve()
      // Candidates over TCP only multiply the work. The other side may be closed already.
      if (event.type !== 'candidate' || / tcp /i.test(event.candidate.candidate ?? '')) return
      void other()
        .addIceCandidate(event.candidate)
        .catch(() => undefined)
    })
  const left: PeerConnection = create('left', () => right)
  const right: PeerConnection = create('right', () => left)
  return {
    left,
    right,
    events,
    announced: announced.promise,
    async connect() {
      await exchangeDescriptions(left, right)
      await Promise.all([connected.left.promise, connected.right.promise])
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([left[Symbol.asyncDispose](), right[Symbol.asyncDispose]()])
    },
  }
}

/** One offer and its answer. */
export async function exchangeDescriptions(offerer: PeerConnection, answerer: PeerConnection): Promise<void> {
  const offer = await offerer.createOffer()
  await offerer.setLocalDescription(offer)
  await answerer.setRemoteDescription(offer)
  const answer = await answerer.createAnswer()
  await answerer.setLocalDescription(answer)
  await offerer.setRemoteDescription(answer)
}

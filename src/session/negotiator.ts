import { AsyncQueue } from '../async/async-queue.js'
import { delay } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { PeerMessage } from '../signaling/message.js'
import { allowsCandidate, filterCandidateLines, parseCandidate, type CandidatePolicy } from './candidate.js'
import type { PeerConnection, PeerConnectionEvent } from './ports.js'
import { readFingerprint } from './remote-description.js'

/** A dead STUN or TURN server holds `complete` back for 40 s; what was gathered by then is sent without it. */
const GATHERING_TIMEOUT_MS = 3_000
const GATHERING_POLL_MS = 10

export interface NegotiatorOptions {
  /** The polite peer takes its own offer back when two collide; the other ignores the peer's (W3C webrtc §10.7). */
  polite: boolean
  /** Whether this side makes the first offer. The other one offers only after the first exchange. */
  initiates: boolean
  trickle: boolean
  candidatePolicy: CandidatePolicy
  send: (message: PeerMessage) => Promise<void>
  /** A description that claims another identity than the session began with; it is not applied. */
  onRefused: (error: PeerError) => void
  signal: AbortSignal
}

export type NegotiationTask =
  | { type: 'negotiate' }
  | { type: 'restart' }
  | { type: 'local-candidate'; candidate: RTCIceCandidateInit }
  | { type: 'end-of-candidates' }
  | { type: 'remote'; message: PeerMessage }

/**
 * Perfect negotiation with explicit rollback, which is all the binding has. Everything that concerns the
 * descriptions passes through one queue and is done one after the other, so that glare can happen between the two
 * peers only, never inside one.
 */
export class Negotiator {
  readonly #pc: PeerConnection
  readonly #options: NegotiatorOptions
  readonly #tasks = new AsyncQueue<NegotiationTask>()
  #offersAllowed: boolean
  #ignoringOffer = false
  #remoteFingerprint: string | undefined

  constructor(pc: PeerConnection, options: NegotiatorOptions) {
    this.#pc = pc
    this.#options = options
    this.#offersAllowed = options.initiates
  }

  /** SHA-256 of the peer's DTLS certificate, from its first description; the same for the life of the session. */
  get remoteFingerprint(): string | undefined {
    return this.#remoteFingerprint
  }

  /** The side that wins a collision, and that restarts ICE. */
  get impolite(): boolean {
    return !this.#options.polite
  }

  /** Makes an offer if this side may: what was added before the peer came has fired its event already. */
  negotiate(): void {
    this.#tasks.push({ type: 'negotiate' })
  }

  /** Restarts ICE with a new offer, even where an earlier one was never answered: it is known not to have arrived. */
  restart(): void {
    this.#tasks.push({ type: 'restart' })
  }

  /** Takes what the connection reports about negotiation. */
  onConnectionEvent(event: PeerConnectionEvent): void {
    if (event.type === 'negotiation-needed') this.#tasks.push({ type: 'negotiate' })
    if (event.type === 'candidate') this.#tasks.push({ type: 'local-candidate', candidate: event.candidate })
    if (event.type === 'end-of-candidates') this.#tasks.push({ type: 'end-of-candidates' })
  }

  /** Takes what the peer sent through signaling. */
  onPeerMessage(message: PeerMessage): void {
    this.#tasks.push({ type: 'remote', message })
  }

  /** Works until the signal aborts or `stop` is called; rejects on what makes the session impossible. */
  async run(): Promise<void> {
    for await (const task of this.#tasks.read({ signal: this.#options.signal })) await this.#perform(task)
  }

  stop(): void {
    this.#tasks.end()
  }

  async #perform(task: NegotiationTask): Promise<void> {
    switch (task.type) {
      case 'negotiate':
        return this.#offer()
      case 'restart':
        return this.#restart()
      case 'local-candidate':
        return this.#sendCandidate(task.candidate)
      case 'end-of-candidates':
        return this.#options.trickle ? this.#options.send({ type: 'end-of-candidates' }) : undefined
      case 'remote':
        return this.#take(task.message)
      default:
        return task satisfies never
    }
  }

  async #take(message: PeerMessage): Promise<void> {
    switch (message.type) {
      case 'offer':
        return this.#takeOffer(message.sdp)
      case 'answer':
        return this.#takeAnswer(message.sdp)
      case 'candidate':
        return this.#takeCandidate(message.candidate)
      case 'end-of-candidates':
      case 'bye':
        return undefined
      default:
        return message satisfies never
    }
  }

  async #offer(): Promise<void> {
    // Not stable: the stack reports the need again once it is (W3C webrtc §4.7.3).
    if (!this.#offersAllowed || this.#pc.states.signalingState !== 'stable') return
    await this.#pc.setLocalDescription(await this.#pc.createOffer())
    await this.#sendDescription('offer')
  }

  async #restart(): Promise<void> {
    if (this.#pc.states.signalingState === 'have-local-offer') await this.#pc.rollback()
    this.#pc.restartIce()
    await this.#offer()
  }

  async #takeOffer(sdp: string): Promise<void> {
    const collision = this.#pc.states.signalingState !== 'stable'
    this.#ignoringOffer = collision && !this.#options.polite
    if (this.#ignoringOffer || !this.#isSamePeer(sdp)) return
    if (collision) await this.#pc.rollback()
    await this.#setRemoteDescription('offer', sdp)
    await this.#pc.setLocalDescription(await this.#pc.createAnswer())
    await this.#sendDescription('answer')
    this.#offersAllowed = true
  }

  async #takeAnswer(sdp: string): Promise<void> {
    if (this.#pc.states.signalingState !== 'have-local-offer' || !this.#isSamePeer(sdp)) return
    await this.#setRemoteDescription('answer', sdp)
    this.#ignoringOffer = false
  }

  async #takeCandidate(init: RTCIceCandidateInit): Promise<void> {
    const candidate = parseCandidate(init.candidate ?? '')
    if (!candidate || !allowsCandidate(this.#options.candidatePolicy, candidate)) return
    try {
      await this.#pc.addIceCandidate(init)
    } catch (error) {
      // Candidates of an offer that was ignored, or of a description since replaced, have nothing to join.
      if (error instanceof PeerError && error.code === 'PROTOCOL_VIOLATION') return
      throw error
    }
  }

  async #setRemoteDescription(type: 'offer' | 'answer', sdp: string): Promise<void> {
    await this.#pc.setRemoteDescription({
      type,
      sdp: filterCandidateLines(sdp, this.#options.candidatePolicy),
    })
  }

  async #sendCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.#options.trickle) return
    const parsed = parseCandidate(candidate.candidate ?? '')
    if (!parsed || !allowsCandidate(this.#options.candidatePolicy, parsed)) return
    const { candidate: line = '', sdpMid = null, sdpMLineIndex = null } = candidate
    await this.#options.send({ type: 'candidate', candidate: { candidate: line, sdpMid, sdpMLineIndex } })
  }

  async #sendDescription(type: 'offer' | 'answer'): Promise<void> {
    if (!this.#options.trickle) await this.#gathered()
    const sdp = filterCandidateLines(this.#pc.localDescription?.sdp ?? '', this.#options.candidatePolicy)
    await this.#options.send({ type, sdp })
  }

  async #gathered(): Promise<void> {
    const deadline = performance.now() + GATHERING_TIMEOUT_MS
    while (this.#pc.states.iceGatheringState !== 'complete' && performance.now() < deadline) {
      await delay(GATHERING_POLL_MS, { signal: this.#options.signal })
    }
  }

  #isSamePeer(sdp: string): boolean {
    const fingerprint = readFingerprint(sdp)
    this.#remoteFingerprint ??= fingerprint
    if (this.#remoteFingerprint === fingerprint) return true
    this.#options.onRefused(
      new PeerError(
        'AUTHENTICATION_FAILED',
        'A session description with another certificate than the one the session began with is ignored.',
        { hint: 'Somebody else may have taken the place of the peer in the room.' },
      ),
    )
    return false
  }
}

import type { AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import type { PeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import { warningOf } from '../events/outcome-events.js'
import type { PeerMessage } from '../signaling/message.js'
import { CandidateLog } from './candidate-log.js'
import { DEFAULT_CANDIDATE_POLICY, type CandidatePolicy } from './candidate.js'
import { Negotiator, type NegotiatorOptions } from './negotiator.js'
import type {
  CreatePeerConnection,
  DataChannel,
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionStates,
  RemoteTrack,
} from './ports.js'

/** What a connection has to say to its session. */
export type NegotiatedConnectionEvent =
  /** ICE has no path and nothing left to try: what is not connected by now will not be. */
  | { type: 'no-path'; error: PeerError }
  /** There is no path at the moment. */
  | { type: 'interrupted' }

export interface NegotiatedConnectionOptions {
  createPeerConnection: CreatePeerConnection
  configuration: RTCConfiguration
  candidatePolicy?: CandidatePolicy
  /** False sends one description with all candidates in it instead of candidates as they are found. */
  trickle?: boolean
  /** Gets the states, the candidates, and what ICE servers and the peer did wrong. */
  report: ReportEvent
  onEvent: (event: NegotiatedConnectionEvent) => void
}

/** The connection of a session: open before there is a peer, then negotiated with it and watched. */
export class NegotiatedConnection implements AsyncDisposable {
  readonly pc: PeerConnection
  readonly #options: NegotiatedConnectionOptions
  readonly #policy: CandidatePolicy
  readonly #candidates: CandidateLog
  readonly #incoming = new AsyncQueue<DataChannel>()
  readonly #tracks = new AsyncQueue<RemoteTrack>()
  #negotiation: { negotiator: Negotiator; signal: AbortSignal } | undefined
  #lastStates = ''

  constructor(options: NegotiatedConnectionOptions) {
    this.#options = options
    this.#policy = options.candidatePolicy ?? DEFAULT_CANDIDATE_POLICY
    this.#candidates = new CandidateLog(options.configuration, this.#policy, options.report)
    this.pc = options.createPeerConnection(options.configuration, (event) => this.#onConnectionEvent(event))
  }

  /** Whether this side is the one that wins a collision, and that restarts ICE. */
  get impolite(): boolean {
    return this.#negotiation?.negotiator.impolite ?? false
  }

  /** SHA-256 of the peer's DTLS certificate; null before its first description. */
  get remoteFingerprint(): string | null {
    return this.#negotiation?.negotiator.remoteFingerprint ?? null
  }

  /** Channels the peer opened that were not negotiated beforehand. */
  incomingDataChannels(options?: AbortOptions): AsyncIterable<DataChannel> {
    return this.#incoming.read(options)
  }

  tracks(options?: AbortOptions): AsyncIterable<RemoteTrack> {
    return this.#tracks.read(options)
  }

  /** Negotiates with a peer until the signal aborts; rejects on what makes the session impossible. */
  async negotiate(
    options: Pick<NegotiatorOptions, 'polite' | 'initiates' | 'send' | 'signal'>,
  ): Promise<void> {
    const { trickle = true, report } = this.#options
    const negotiator = new Negotiator(this.pc, {
      ...options,
      trickle,
      candidatePolicy: this.#policy,
      onRefused: (error) => report(warningOf(error)),
    })
    this.#negotiation = { negotiator, signal: options.signal }
    this.#candidates.start()
    negotiator.negotiate()
    await negotiator.run()
  }

  /** Takes what the peer sent through signaling. */
  onPeerMessage(message: PeerMessage): void {
    this.#candidates.onPeerMessage(message)
    this.#negotiation?.negotiator.onPeerMessage(message)
  }

  /**
   * Looks for a path anew, `again` even where the last offer was never answered. One side restarts, the other follows
   * its offer: two restarts at once would only be glare.
   */
  restart({ again = false } = {}): void {
    if (!this.impolite) return
    if (again) this.#negotiation?.negotiator.restart()
    else this.pc.restartIce()
  }

  /** Why there is no connection after so long. */
  notConnected(timeoutMs: number): PeerError {
    return this.#candidates.notConnected(timeoutMs)
  }

  /** No channel and no track comes any more. */
  end(): void {
    this.#incoming.end()
    this.#tracks.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pc[Symbol.asyncDispose]()
  }

  #onConnectionEvent(event: PeerConnectionEvent): void {
    switch (event.type) {
      case 'data-channel':
        return this.#incoming.push(event.channel)
      case 'track':
        return this.#tracks.push(event.track)
      case 'state':
        return this.#onState(event.states)
      case 'candidate-error':
        return this.#candidates.onError(event)
      case 'negotiation-needed':
      case 'candidate':
      case 'end-of-candidates':
        return this.#onNegotiationEvent(event)
      case 'first-message':
        return undefined // of interest to the journal only
      default:
        return event satisfies never
    }
  }

  #onNegotiationEvent(event: PeerConnectionEvent): void {
    if (!this.#negotiation || this.#negotiation.signal.aborted) return
    this.#candidates.onConnectionEvent(event)
    this.#negotiation.negotiator.onConnectionEvent(event)
    const error = this.#candidates.relayFailure()
    if (error) this.#options.onEvent({ type: 'no-path', error })
  }

  #onState(states: PeerConnectionStates): void {
    // The binding repeats itself: the same states are reported once.
    const identity = JSON.stringify(states)
    if (identity === this.#lastStates) return
    this.#lastStates = identity
    this.#options.report({ event: 'state', ...states })
    const { connectionState: state } = states
    if (state === 'failed') this.#options.onEvent({ type: 'no-path', error: this.#candidates.noPath() })
    if (state === 'failed' || state === 'disconnected') this.#options.onEvent({ type: 'interrupted' })
  }
}

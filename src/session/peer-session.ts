import { abortable, type AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import { deferred } from '../async/deferred.js'
import { withTimeout } from '../async/delay.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import type { RoomPeer } from '../signaling/message.js'
import type { Room, RoomEvent } from '../signaling/room.js'
import { selectedCandidatePair } from '../stats/candidate-pair.js'
import { CandidateLog } from './candidate-log.js'
import { DEFAULT_CANDIDATE_POLICY, type CandidatePolicy } from './candidate.js'
import { ControlChannel, type ControlEvent } from './control-channel.js'
import {
  CONTROL_CHANNEL,
  type ConnectionMessage,
  type ControlHello,
  type MediaAnnouncement,
} from './control-message.js'
import type { Liveness } from './liveness.js'
import { Negotiator } from './negotiator.js'
import { reportTrackChanges } from './track-changes.js'
import type {
  DataChannel,
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionStates,
  RawStats,
  RemoteTrack,
} from './ports.js'
import type { PeerClock } from './round-trip.js'
import { endError, type SessionEnd } from './session-end.js'
import type { Session, SessionOptions } from './session.js'

/** From the peer's arrival: ICE gives a path up after about 15 s, and a TURN server over TCP may take its time. */
const DEFAULT_CONNECT_TIMEOUT_MS = 30_000

/** They are read at once; so many unread ones are a peer that floods. */
const MAX_UNREAD_CONNECTION_MESSAGES = 1_000

/** The peer left before it was connected: another one is waited for. */
export class PeerLeftEarly extends Error {}

type Phase =
  | { phase: 'waiting' }
  | { phase: 'negotiating'; peer: RoomPeer; negotiator: Negotiator }
  | { phase: 'connected'; peer: RoomPeer; negotiator: Negotiator }
  | { phase: 'ended'; end: SessionEnd }

/** One attempt at a session, and the session itself once `connect` has resolved. */
export class PeerSession implements Session {
  readonly #room: Room
  readonly #options: SessionOptions
  readonly #onEvent: ReportEvent
  readonly #pc: PeerConnection
  readonly #control: ControlChannel
  readonly #candidates: CandidateLog
  readonly #incoming = new AsyncQueue<DataChannel>()
  readonly #tracks = new AsyncQueue<RemoteTrack>()
  readonly #connectionMessages = new AsyncQueue<ConnectionMessage>()
  readonly #arrived = deferred<RoomPeer>()
  readonly #greeted = deferred<ControlHello>()
  readonly #ended = deferred<SessionEnd>()
  readonly #lifetime = new AbortController()
  #phase: Phase = { phase: 'waiting' }
  #peer: RoomPeer | undefined
  #hello: ControlHello | undefined
  #negotiator: Negotiator | undefined
  #lastStates = ''
  #beforeLeaving: (() => Promise<void>) | undefined
  connectedMs = 0

  constructor(room: Room, options: SessionOptions, onEvent: ReportEvent) {
    this.#room = room
    this.#options = options
    this.#onEvent = onEvent
    this.#candidates = new CandidateLog(options.configuration, this.#policy, onEvent)
    this.#pc = options.createPeerConnection(options.configuration, (event) => this.#onConnectionEvent(event))
    const control = this.#pc.createDataChannel(CONTROL_CHANNEL.label, {
      negotiated: true,
      id: CONTROL_CHANNEL.id,
      protocol: CONTROL_CHANNEL.protocol,
    })
    this.#control = new ControlChannel(control, (event) => this.#onControlEvent(event))
    options.setUp?.(this.#pc)
    for (const { promise } of [this.#arrived, this.#greeted]) promise.catch(() => undefined)
  }

  get peer(): RoomPeer {
    return this.#peer ?? { peerId: '', role: 'answerer', name: null }
  }

  get peerHello(): ControlHello {
    return this.#hello ?? { type: 'hello', version: 1, verb: 'unknown', features: [] }
  }

  get ended(): Promise<SessionEnd> {
    return this.#ended.promise
  }

  get signal(): AbortSignal {
    return this.#lifetime.signal
  }

  get initiator(): boolean {
    return this.#negotiator?.impolite ?? false
  }

  get roundTripTimeMs(): number | null {
    return this.#control.roundTripTimeMs
  }

  get peerClock(): PeerClock | null {
    return this.#control.peerClock
  }

  get peerMedia(): MediaAnnouncement | null {
    return this.#control.peerMedia
  }

  announceMedia(media: MediaAnnouncement): void {
    this.#control.announceMedia(media)
  }

  connectionMessages(options?: AbortOptions): AsyncIterable<ConnectionMessage> {
    return this.#connectionMessages.read(options)
  }

  async sendConnectionMessage(message: ConnectionMessage): Promise<void> {
    await this.#control.sendConnectionMessage(message).catch(() => undefined)
  }

  beforeLeaving(end: () => Promise<void>): void {
    this.#beforeLeaving = end
  }

  get #policy(): CandidatePolicy {
    return this.#options.candidatePolicy ?? DEFAULT_CANDIDATE_POLICY
  }

  async connect({ signal }: AbortOptions): Promise<void> {
    void this.#followRoom() // never rejects
    const { verb, features } = this.#options
    void this.#control.run({ verb, features: [...features] }) // never rejects
    this.#options.onPhase?.('waiting')
    await abortable(this.#arrived.promise, signal)
    this.#options.onPhase?.('negotiating')
    const startedMs = performance.now()
    const timeoutMs = this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS
    this.#hello = await withTimeout(abortable(this.#greeted.promise, signal), timeoutMs, () =>
      this.#candidates.notConnected(timeoutMs),
    )
    this.connectedMs = performance.now() - startedMs
    await this.#reportConnected()
  }

  createDataChannel(label: string, init?: RTCDataChannelInit): DataChannel {
    return this.#pc.createDataChannel(label, init)
  }

  incomingDataChannels(options?: AbortOptions): AsyncIterable<DataChannel> {
    return this.#incoming.read(options)
  }

  tracks(options?: AbortOptions): AsyncIterable<RemoteTrack> {
    return this.#tracks.read(options)
  }

  getStats(): Promise<RawStats[]> {
    return this.#pc.getStats()
  }

  restartIce(): void {
    this.#pc.restartIce()
  }

  async leave(reason: string): Promise<void> {
    await this.#beforeLeaving?.()
    if (
      this.#phase.phase === 'connected' ||
      (this.#phase.phase === 'ended' && this.#phase.end.how === 'bye')
    ) {
      await this.#control.sayBye(reason)
    }
    this.#end({ how: 'left' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave('done').catch(() => undefined)
    await this.#pc[Symbol.asyncDispose]()
  }

  async #followRoom(): Promise<void> {
    try {
      const [present] = this.#room.peers
      if (present) this.#adopt(present)
      for await (const event of this.#room.events({ signal: this.#lifetime.signal })) this.#onRoomEvent(event)
    } catch (error) {
      if (!this.#lifetime.signal.aborted) this.#fail(toPeerError(error))
    }
  }

  #onRoomEvent(event: RoomEvent): void {
    switch (event.type) {
      case 'joined':
        return this.#onJoined(event.peers)
      case 'peer-joined':
        return this.#onJoined([event.peer])
      case 'peer-left':
        return this.#onPeerLeft(event.peerId, event.reason)
      case 'message':
        return this.#onPeerMessage(event)
      case 'lost':
        this.#warn('SIGNALING_LOST', `${event.error.message} The session goes on without it.`)
        return undefined
      case 'unreachable':
        if (event.refused) this.#control.seenLeaving()
        return undefined
      default:
        return event satisfies never
    }
  }

  #onJoined(peers: readonly RoomPeer[]): void {
    const [peer] = peers
    if (!peer) return
    if (this.#phase.phase === 'waiting') return this.#adopt(peer)
    if (this.#phase.phase !== 'connected') return
    // One of both came back through a new signaling connection; the fingerprint check keeps anybody else out.
    this.#peer = peer
    this.#control.seenAgain()
    // What was offered meanwhile has not arrived.
    if (!this.#control.alive) this.#restart({ again: true })
  }

  #onPeerLeft(peerId: string, reason: string): void {
    if (peerId !== this.#peer?.peerId || this.#phase.phase === 'ended') return
    this.#onEvent({ event: 'peer-left', peerId, name: this.#peer.name, reason })
    if (this.#phase.phase === 'negotiating') this.#greeted.reject(new PeerLeftEarly())
    // The data path outlives the signaling connection: leaving the room is evidence, silence decides.
    if (reason !== 'timed-out') this.#control.seenLeaving()
  }

  #onPeerMessage({ from, message }: Extract<RoomEvent, { type: 'message' }>): void {
    if (
      from !== this.#peer?.peerId ||
      (this.#phase.phase !== 'negotiating' && this.#phase.phase !== 'connected')
    )
      return
    if (message.type === 'bye' && this.#phase.phase === 'negotiating')
      this.#greeted.reject(new PeerLeftEarly())
    this.#candidates.onPeerMessage(message)
    this.#phase.negotiator.onPeerMessage(message)
  }

  #adopt(peer: RoomPeer): void {
    this.#peer = peer
    const sameRole = peer.role === this.#options.role
    // Both sides compute the same answer: with equal roles the smaller id wins.
    const impolite = sameRole ? this.#room.peerId < peer.peerId : this.#options.role === 'offerer'
    const negotiator = new Negotiator(this.#pc, {
      polite: !impolite,
      initiates: this.#options.role === 'offerer' || (sameRole && impolite),
      trickle: this.#options.trickle ?? true,
      candidatePolicy: this.#policy,
      send: (message) => this.#sendToPeer(message),
      onRefused: ({ code, message, hint }) =>
        this.#onEvent({ event: 'warning', code, message, hint: hint ?? null }),
      signal: this.#lifetime.signal,
    })
    this.#negotiator = negotiator
    this.#phase = { phase: 'negotiating', peer, negotiator }
    this.#candidates.start()
    this.#onEvent({ event: 'peer-joined', peerId: peer.peerId, name: peer.name })
    this.#arrived.resolve(peer)
    negotiator.negotiate()
    void negotiator.run().catch((error: unknown) => {
      if (!this.#lifetime.signal.aborted) this.#fail(toPeerError(error))
    })
  }

  async #sendToPeer(message: Parameters<Room['send']>[1]): Promise<void> {
    if (!this.#peer) return
    try {
      await this.#room.send(this.#peer.peerId, message)
    } catch (error) {
      // Without the server there is no restart now; the connection itself needs it no longer.
      if (this.#phase.phase !== 'connected') throw error
    }
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
    if (this.#phase.phase !== 'negotiating' && this.#phase.phase !== 'connected') return
    this.#candidates.onConnectionEvent(event)
    this.#phase.negotiator.onConnectionEvent(event)
    const relayError = this.#phase.phase === 'negotiating' ? this.#candidates.relayFailure() : undefined
    if (relayError) this.#fail(relayError)
  }

  #onState(states: PeerConnectionStates): void {
    // The binding repeats itself: the same states are reported once.
    const { connectionState: state } = states
    const identity = JSON.stringify(states)
    if (identity === this.#lastStates) return
    this.#lastStates = identity
    this.#onEvent({ event: 'state', ...states })
    if (state === 'failed' && this.#phase.phase === 'negotiating') this.#fail(this.#candidates.noPath())
    if (state === 'disconnected' || state === 'failed') this.#restart()
  }

  #onControlEvent(event: ControlEvent): void {
    switch (event.type) {
      case 'hello':
        return this.#greeted.resolve(event.hello)
      case 'media':
        return reportTrackChanges(event, this.#onEvent)
      case 'connection':
        return this.#onConnectionMessage(event.message)
      case 'bye':
        return this.#onBye(event)
      case 'liveness':
        return this.#onLiveness(event.liveness)
      case 'lost':
        return this.#fail(event.error)
      default:
        return event satisfies never
    }
  }

  #onConnectionMessage(message: ConnectionMessage): void {
    // Said to a side that never told that it can do this.
    if (!this.#options.features.includes('files')) return
    if (this.#connectionMessages.size < MAX_UNREAD_CONNECTION_MESSAGES)
      return this.#connectionMessages.push(message)
    this.#fail(new PeerError('PROTOCOL_VIOLATION', 'The peer floods the control channel.'))
  }

  #onBye({ reason, answered }: Extract<ControlEvent, { type: 'bye' }>): void {
    if (this.#phase.phase !== 'ended') {
      this.#onEvent({ event: 'peer-left', peerId: this.peer.peerId, name: this.peer.name, reason })
    }
    // The answer to our own bye only says that it was heard.
    this.#end(answered ? { how: 'left' } : { how: 'bye', reason })
  }

  #onLiveness(liveness: Liveness): void {
    switch (liveness.state) {
      case 'alive':
        return this.#warn('PEER_RETURNED', 'The peer answers again.')
      case 'silent':
        this.#warn('PEER_SILENT', `${silence(liveness)}; waiting for it.`)
        return this.#restart()
      case 'gone':
        return this.#fail(new PeerError('PEER_LOST', `${silence(liveness)} and is gone.`))
      default:
        return liveness satisfies never
    }
  }

  /** One side restarts, the other follows its offer: two restarts at once would only be glare. */
  #restart({ again = false } = {}): void {
    if (this.#phase.phase !== 'connected' || !this.#phase.negotiator.impolite) return
    if (again) this.#phase.negotiator.restart()
    else this.#pc.restartIce()
  }

  async #reportConnected(): Promise<void> {
    const { phase } = this.#phase
    if (phase !== 'negotiating') {
      // A peer that says bye right after its hello was there: what it said of itself may explain why it left.
      if (this.#phase.phase === 'ended' && this.#phase.end.how === 'bye') return
      this.#lifetime.signal.throwIfAborted()
      return
    }
    this.#phase = { ...this.#phase, phase: 'connected' }
    const fingerprint = this.#phase.negotiator.remoteFingerprint ?? null
    this.#onEvent({ event: 'authenticated', auth: 'none', verifier: null, fingerprint })
    const candidatePair = selectedCandidatePair(await this.#pc.getStats())
    this.#onEvent({ event: 'connected', elapsedMs: round(this.connectedMs), candidatePair })
  }

  #warn(code: string, message: string): void {
    this.#onEvent({ event: 'warning', code, message, hint: null })
  }

  #fail(error: PeerError): void {
    this.#end({ how: 'lost', error })
  }

  /** First reason wins. */
  #end(end: SessionEnd): void {
    if (this.#phase.phase === 'ended') return
    this.#phase = { phase: 'ended', end }
    this.#control.stop()
    const error = endError(end)
    this.#arrived.reject(error)
    this.#greeted.reject(error)
    this.#lifetime.abort(error)
    this.#incoming.end()
    this.#tracks.end()
    this.#connectionMessages.end()
    this.#ended.resolve(end)
  }
}

function silence({ silentMs }: { silentMs: number }): string {
  return `The peer has not answered for ${(silentMs / 1000).toFixed(1)} s`
}

function round(valueMs: number): number {
  return Math.round(valueMs * 10) / 10
}

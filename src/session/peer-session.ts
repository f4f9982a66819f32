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
import {
  CONTROL_CHANNEL,
  parseControlMessage,
  type ControlHello,
  type ControlMessage,
  type MediaAnnouncement,
} from './control-message.js'
import { LivenessMonitor, PING_INTERVAL_MS, type Liveness } from './liveness.js'
import { Negotiator } from './negotiator.js'
import { RoundTripMeter, type PeerClock } from './round-trip.js'
import type {
  DataChannel,
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionStates,
  RawStats,
  RemoteTrack,
} from './ports.js'
import type { Session, SessionEnd, SessionOptions } from './session.js'

/** How long a leaving side waits for the peer's own bye, so that the bye is not lost with the connection. */
const BYE_TIMEOUT_MS = 500

/** From the peer's arrival: ICE gives a path up after about 15 s, and a TURN server over TCP may take its time. */
const DEFAULT_CONNECT_TIMEOUT_MS = 30_000

/** Each answer sends the next of these at once: the first meets two busy processes, and clocks want a quiet moment. */
const FIRST_PINGS = 8

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
  readonly #control: DataChannel
  readonly #candidates: CandidateLog
  readonly #incoming = new AsyncQueue<DataChannel>()
  readonly #tracks = new AsyncQueue<RemoteTrack>()
  readonly #arrived = deferred<RoomPeer>()
  readonly #greeted = deferred<ControlHello>()
  readonly #ended = deferred<SessionEnd>()
  readonly #lifetime = new AbortController()
  readonly #liveness = new LivenessMonitor(performance.now())
  #phase: Phase = { phase: 'waiting' }
  #peer: RoomPeer | undefined
  #hello: ControlHello | undefined
  #negotiator: Negotiator | undefined
  #lastLiveness: Liveness['state'] = 'alive'
  #pingTimer: ReturnType<typeof setInterval> | undefined
  #pings = 0
  readonly #roundTrip = new RoundTripMeter()
  #peerMedia: MediaAnnouncement | null = null
  #lastStates = ''
  #bye: Promise<void> | undefined
  connectedMs = 0

  constructor(room: Room, options: SessionOptions, onEvent: ReportEvent) {
    this.#room = room
    this.#options = options
    this.#onEvent = onEvent
    this.#candidates = new CandidateLog(options.configuration, this.#policy, onEvent)
    this.#pc = options.createPeerConnection(options.configuration, (event) => this.#onConnectionEvent(event))
    this.#control = this.#pc.createDataChannel(CONTROL_CHANNEL.label, {
      negotiated: true,
      id: CONTROL_CHANNEL.id,
      protocol: CONTROL_CHANNEL.protocol,
    })
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
    return this.#roundTrip.milliseconds
  }

  get peerClock(): PeerClock | null {
    return this.#roundTrip.peerClock
  }

  get peerMedia(): MediaAnnouncement | null {
    return this.#peerMedia
  }

  announceMedia(media: MediaAnnouncement): void {
    void this.#tell({ type: 'media', ...media }).catch(() => undefined) // a lost peer is noticed by silence
  }

  get #policy(): CandidatePolicy {
    return this.#options.candidatePolicy ?? DEFAULT_CANDIDATE_POLICY
  }

  async connect({ signal }: AbortOptions): Promise<void> {
    void this.#followRoom() // never rejects
    void this.#followControl() // never rejects
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
    if (
      this.#phase.phase === 'connected' ||
      (this.#phase.phase === 'ended' && this.#phase.end.how === 'bye')
    ) {
      await this.#sayBye(reason)
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
        if (event.refused) this.#liveness.seenLeaving(performance.now())
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
    this.#liveness.seenAgain()
    // What was offered meanwhile has not arrived.
    if (this.#lastLiveness !== 'alive') this.#restart({ again: true })
  }

  #onPeerLeft(peerId: string, reason: string): void {
    if (peerId !== this.#peer?.peerId || this.#phase.phase === 'ended') return
    this.#onEvent({ event: 'peer-left', peerId, name: this.#peer.name, reason })
    if (this.#phase.phase === 'negotiating') this.#greeted.reject(new PeerLeftEarly())
    // The data path outlives the signaling connection: leaving the room is evidence, silence decides.
    if (reason !== 'timed-out') this.#liveness.seenLeaving(performance.now())
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

  async #followControl(): Promise<void> {
    try {
      await this.#control.opened
      const { verb, features } = this.#options
      await this.#tell({ type: 'hello', version: 1, verb, features: [...features] })
      this.#startPinging()
      for await (const raw of this.#control.messages()) this.#onControlMessage(parseControlMessage(raw))
      this.#fail(new PeerError('PEER_LOST', 'The peer closed the connection without saying bye.'))
    } catch (error) {
      this.#fail(toPeerError(error))
    }
  }

  #onControlMessage(message: ControlMessage | undefined): void {
    this.#liveness.heard(performance.now())
    if (!message) return
    switch (message.type) {
      case 'hello':
        return this.#greeted.resolve(message)
      case 'ping':
        void this.#tell({ type: 'pong', id: message.id, timeMs: performance.now() }).catch(() => undefined) // a lost peer is noticed by silence
        return undefined
      case 'pong':
        this.#roundTrip.answered(message.id, performance.now(), message.timeMs)
        if (this.#pings < FIRST_PINGS) this.#ping()
        return undefined
      case 'media':
        this.#peerMedia = message
        return undefined
      case 'bye':
        return this.#onBye(message.reason)
      default:
        return message satisfies never
    }
  }

  #onBye(reason: string): void {
    if (this.#phase.phase !== 'ended') {
      this.#onEvent({ event: 'peer-left', peerId: this.peer.peerId, name: this.peer.name, reason })
    }
    // The answer to our own bye only says that it was heard.
    this.#end(this.#bye ? { how: 'left' } : { how: 'bye', reason })
    // At once: later the peer may be closing, and the binding does not survive a send into that.
    void this.#sayBye(reason) // never rejects
  }

  #startPinging(): void {
    this.#liveness.heard(performance.now())
    this.#ping()
    this.#pingTimer = setInterval(() => this.#tick(), PING_INTERVAL_MS)
  }

  #ping(): void {
    const id = this.#pings++
    this.#roundTrip.sent(id, performance.now())
    void this.#tell({ type: 'ping', id }).catch(() => undefined) // a lost peer is noticed by silence
  }

  #tick(): void {
    this.#ping()
    const liveness = this.#liveness.tick(performance.now())
    const changed = liveness.state !== this.#lastLiveness
    this.#lastLiveness = liveness.state
    if (liveness.state === 'gone') {
      this.#fail(
        new PeerError(
          'PEER_LOST',
          `The peer has not answered for ${(liveness.silentMs / 1000).toFixed(1)} s and is gone.`,
        ),
      )
    } else if (liveness.state === 'silent' && changed) {
      this.#warn(
        'PEER_SILENT',
        `The peer has not answered for ${(liveness.silentMs / 1000).toFixed(1)} s; waiting for it.`,
      )
      this.#restart()
    } else if (liveness.state === 'alive' && changed) {
      this.#warn('PEER_RETURNED', 'The peer answers again.')
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

  /** Said once, with the first reason; whoever leaves too waits for the same answer. */
  #sayBye(reason: string): Promise<void> {
    return (this.#bye ??= this.#exchangeBye(reason))
  }

  async #exchangeBye(reason: string): Promise<void> {
    const heardBye = this.#phase.phase === 'ended'
    try {
      await this.#tell({ type: 'bye', reason })
      const answered = Promise.race([this.#ended.promise, this.#control.closed])
      // Even to a bye there is an answer to wait for: closing at once would drop it unsent.
      if (heardBye) await withTimeout(this.#control.closed, BYE_TIMEOUT_MS, () => new Error('no close'))
      else await withTimeout(answered, BYE_TIMEOUT_MS, () => new Error('no bye'))
    } catch {
      // The peer is gone already or does not answer: leaving needs nobody's consent.
    }
  }

  /**
   * After a bye nothing follows: the peer closes when it has heard it, and the binding does not survive a send into a
   * channel that is being closed by the other side.
   */
  async #tell(message: ControlMessage): Promise<void> {
    if (this.#bye && message.type !== 'bye') return
    await this.#control.send(JSON.stringify(message))
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
    clearInterval(this.#pingTimer)
    const error = endError(end)
    this.#arrived.reject(error)
    this.#greeted.reject(error)
    this.#lifetime.abort(error)
    this.#incoming.end()
    this.#tracks.end()
    this.#ended.resolve(end)
  }
}

function endError(end: SessionEnd): PeerError {
  switch (end.how) {
    case 'bye':
      return new PeerError('PEER_LOST', `The peer left the session (${end.reason}).`)
    case 'lost':
      return end.error
    case 'left':
      return new PeerError('PEER_LOST', 'This side left the session.')
    default:
      return end satisfies never
  }
}

function round(valueMs: number): number {
  return Math.round(valueMs * 10) / 10
}

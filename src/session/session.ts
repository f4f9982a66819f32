import { abortable, type AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import { deferred } from '../async/deferred.js'
import { withTimeout } from '../async/delay.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import type { Role, RoomPeer } from '../signaling/message.js'
import type { Room, RoomEvent } from '../signaling/room.js'
import { selectedCandidatePair } from '../stats/candidate-pair.js'
import { CandidateLog } from './candidate-log.js'
import { DEFAULT_CANDIDATE_POLICY, type CandidatePolicy } from './candidate.js'
import {
  CONTROL_CHANNEL,
  parseControlMessage,
  type ControlHello,
  type ControlMessage,
  type Feature,
} from './control-message.js'
import { LivenessMonitor, PING_INTERVAL_MS, type Liveness } from './liveness.js'
import { Negotiator } from './negotiator.js'
import { RoundTripMeter } from './round-trip.js'
import type {
  CreatePeerConnection,
  DataChannel,
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionStates,
  RawStats,
  RemoteTrack,
} from './ports.js'

/** How long a leaving side waits for the peer's own bye, so that the bye is not lost with the connection. */
const BYE_TIMEOUT_MS = 500

/** libwebrtc takes 7 s to say `disconnected`; from there a restart has this long before the other side gives up. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 30_000

export interface SessionOptions {
  role: Role
  createPeerConnection: CreatePeerConnection
  configuration: RTCConfiguration
  /** What this peer was started as; told to the other side. */
  verb: string
  features: readonly Feature[]
  candidatePolicy?: CandidatePolicy
  /** False sends one description with all candidates in it instead of candidates as they are found. */
  trickle?: boolean
  /** From the peer's arrival to `connected`, in milliseconds. */
  connectTimeoutMs?: number
  /** Told when the wait changes: first for a peer, then for the connection to it. */
  onPhase?: (phase: 'waiting' | 'negotiating') => void
  /** Adds the channels and tracks of the first offer; called again when a peer leaves before it was connected. */
  setUp?: (connection: PeerConnection) => void
}

/** How a session ended: the peer said bye, it was lost, or this side left. */
export type SessionEnd = { how: 'bye'; reason: string } | { how: 'lost'; error: PeerError } | { how: 'left' }

/**
 * One peer connected to another. Ends by itself when the peer leaves or is lost (`ended`, and `signal` aborts);
 * disposing it says bye.
 */
export interface Session extends AsyncDisposable {
  readonly peer: RoomPeer
  readonly peerHello: ControlHello
  readonly ended: Promise<SessionEnd>
  /** Aborts when the session ends, with a PeerError that says how. */
  readonly signal: AbortSignal
  readonly connectedMs: number
  /** Exactly one of the two sides is the one that opens what both could open. */
  readonly initiator: boolean
  /** Through the control channel and both processes, in milliseconds; null before the first answer. */
  readonly roundTripTimeMs: number | null
  createDataChannel(label: string, init?: RTCDataChannelInit): DataChannel
  /** Channels the peer opened that were not negotiated beforehand. */
  incomingDataChannels(options?: AbortOptions): AsyncIterable<DataChannel>
  tracks(options?: AbortOptions): AsyncIterable<RemoteTrack>
  getStats(): Promise<RawStats[]>
  restartIce(): void
  /** Says bye and waits a moment for the answer. */
  leave(reason: string): Promise<void>
}

/**
 * Waits in the room for a peer and connects to it; a peer that leaves before it was connected is waited for again.
 * Rejects with ICE_FAILED or TIMED_OUT when the peer is there but no path to it is.
 */
export async function openSession(
  room: Room,
  options: SessionOptions,
  { signal, onEvent = () => undefined }: AbortOptions & { onEvent?: ReportEvent } = {},
): Promise<Session> {
  for (;;) {
    const session = new PeerSession(room, options, onEvent)
    try {
      await session.connect({ signal })
      return session
    } catch (error) {
      await session[Symbol.asyncDispose]()
      if (!(error instanceof PeerLeftEarly)) throw error
    }
  }
}

class PeerLeftEarly extends Error {}

type Phase =
  | { phase: 'waiting' }
  | { phase: 'negotiating'; peer: RoomPeer; negotiator: Negotiator }
  | { phase: 'connected'; peer: RoomPeer; negotiator: Negotiator }
  | { phase: 'ended'; end: SessionEnd }

class PeerSession implements Session {
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
  #lastStates = ''
  #saidBye = false
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
        if (event.refused) this.#liveness.setEvidence(true)
        return undefined
      default:
        return event satisfies never
    }
  }

  #onJoined(peers: readonly RoomPeer[]): void {
    const [peer] = peers
    if (!peer) return
    if (this.#phase.phase === 'waiting') return this.#adopt(peer)
    if (this.#phase.phase !== 'connected' || peer.peerId === this.#peer?.peerId) return
    // The peer came back through a new signaling connection; the fingerprint check keeps anybody else out.
    this.#peer = peer
    this.#liveness.setEvidence(false)
  }

  #onPeerLeft(peerId: string, reason: string): void {
    if (peerId !== this.#peer?.peerId || this.#phase.phase === 'ended') return
    this.#onEvent({ event: 'peer-left', peerId, name: this.#peer.name, reason })
    if (this.#phase.phase === 'negotiating') this.#greeted.reject(new PeerLeftEarly())
    // The data path outlives the signaling connection: leaving the room is evidence, silence decides.
    this.#liveness.setEvidence(true)
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
        void this.#tell({ type: 'pong', id: message.id }).catch(() => undefined) // a lost peer is noticed by silence
        return undefined
      case 'pong':
        return this.#roundTrip.answered(message.id, performance.now())
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
    this.#end({ how: 'bye', reason })
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
  #restart(): void {
    if (this.#phase.phase === 'connected' && this.#phase.negotiator.impolite) this.#pc.restartIce()
  }

  async #reportConnected(): Promise<void> {
    const { phase } = this.#phase
    if (phase !== 'negotiating') {
      this.#lifetime.signal.throwIfAborted()
      return
    }
    this.#phase = { ...this.#phase, phase: 'connected' }
    const fingerprint = this.#phase.negotiator.remoteFingerprint ?? null
    this.#onEvent({ event: 'authenticated', auth: 'none', verifier: null, fingerprint })
    const candidatePair = selectedCandidatePair(await this.#pc.getStats())
    this.#onEvent({ event: 'connected', elapsedMs: round(this.connectedMs), candidatePair })
  }

  async #sayBye(reason: string): Promise<void> {
    if (this.#saidBye) return
    this.#saidBye = true
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

  #tell(message: ControlMessage): Promise<void> {
    return this.#control.send(JSON.stringify(message))
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

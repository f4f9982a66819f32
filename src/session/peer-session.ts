import { abortable, type AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import { deferred } from '../async/deferred.js'
import { withTimeout } from '../async/delay.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import type { PeerMessage, RoomPeer } from '../signaling/message.js'
import type { Room } from '../signaling/room.js'
import { selectedCandidatePair } from '../stats/candidate-pair.js'
import { ControlChannel, type ControlEvent } from './control-channel.js'
import {
  CONTROL_CHANNEL,
  type ConnectionMessage,
  type ControlHello,
  type MediaAnnouncement,
} from './control-message.js'
import type { Liveness } from './liveness.js'
import { NegotiatedConnection, type NegotiatedConnectionEvent } from './negotiated-connection.js'
import { PeerInRoom, type PeerInRoomEvent } from './peer-in-room.js'
import type { DataChannel, RawStats, RemoteTrack } from './ports.js'
import type { PeerClock } from './round-trip.js'
import { endError, type SessionEnd } from './session-end.js'
import type { Session, SessionOptions } from './session.js'
import { reportTrackChanges } from './track-changes.js'

/** From the peer's arrival: ICE gives a path up after about 15 s, and a TURN server over TCP may take its time. */
const DEFAULT_CONNECT_TIMEOUT_MS = 30_000

/** They are read at once; so many unread ones are a peer that floods. */
const MAX_UNREAD_CONNECTION_MESSAGES = 1_000

/** The peer left before it was connected: another one is waited for. */
export class PeerLeftEarly extends Error {}

type Phase =
  | { phase: 'waiting' }
  | { phase: 'negotiating' }
  | { phase: 'connected' }
  | { phase: 'ended'; end: SessionEnd }

/** One attempt at a session, and the session itself once `connect` has resolved. */
export class PeerSession implements Session {
  readonly #options: SessionOptions
  readonly #onEvent: ReportEvent
  readonly #inRoom: PeerInRoom
  readonly #connection: NegotiatedConnection
  readonly #control: ControlChannel
  readonly #connectionMessages = new AsyncQueue<ConnectionMessage>()
  readonly #arrived = deferred<RoomPeer>()
  readonly #greeted = deferred<ControlHello>()
  readonly #ended = deferred<SessionEnd>()
  readonly #lifetime = new AbortController()
  #phase: Phase = { phase: 'waiting' }
  #hello: ControlHello | undefined
  #beforeLeaving: (() => Promise<void>) | undefined
  connectedMs = 0

  constructor(room: Room, options: SessionOptions, onEvent: ReportEvent) {
    this.#options = options
    this.#onEvent = onEvent
    this.#inRoom = new PeerInRoom(room, options.role, (event) => this.#onRoomEvent(event))
    this.#connection = new NegotiatedConnection({
      ...options,
      report: onEvent,
      onEvent: (event) => this.#onConnectionEvent(event),
    })
    const { pc } = this.#connection
    const control = pc.createDataChannel(CONTROL_CHANNEL.label, {
      negotiated: true,
      id: CONTROL_CHANNEL.id,
      protocol: CONTROL_CHANNEL.protocol,
    })
    this.#control = new ControlChannel(control, (event) => this.#onControlEvent(event))
    options.setUp?.(pc)
    for (const { promise } of [this.#arrived, this.#greeted]) promise.catch(() => undefined)
  }

  get peer(): RoomPeer {
    return this.#inRoom.peer
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
    return this.#connection.impolite
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
      this.#connection.notConnected(timeoutMs),
    )
    this.connectedMs = performance.now() - startedMs
    await this.#reportConnected()
  }

  createDataChannel(label: string, init?: RTCDataChannelInit): DataChannel {
    return this.#connection.pc.createDataChannel(label, init)
  }

  incomingDataChannels(options?: AbortOptions): AsyncIterable<DataChannel> {
    return this.#connection.incomingDataChannels(options)
  }

  tracks(options?: AbortOptions): AsyncIterable<RemoteTrack> {
    return this.#connection.tracks(options)
  }

  getStats(): Promise<RawStats[]> {
    return this.#connection.pc.getStats()
  }

  restartIce(): void {
    this.#connection.pc.restartIce()
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
    await this.#connection[Symbol.asyncDispose]()
  }

  async #followRoom(): Promise<void> {
    const { signal } = this.#lifetime
    try {
      await this.#inRoom.follow(signal)
    } catch (error) {
      if (!signal.aborted) this.#fail(toPeerError(error))
    }
  }

  #onRoomEvent(event: PeerInRoomEvent): void {
    switch (event.type) {
      case 'present':
        return this.#onPresent(event.peer)
      case 'left':
        return this.#onLeft(event)
      case 'message':
        return this.#onPeerMessage(event.message)
      case 'lost':
        return this.#warn('SIGNALING_LOST', `${event.error.message} The session goes on without it.`)
      case 'closed':
        return this.#control.seenLeaving()
      default:
        return event satisfies never
    }
  }

  #onPresent(peer: RoomPeer): void {
    if (this.#phase.phase === 'waiting') return this.#negotiate(peer)
    if (this.#phase.phase !== 'connected') return
    // One of both came back through a new signaling connection; the fingerprint check keeps anybody else out.
    this.#inRoom.adopt(peer)
    this.#control.seenAgain()
    // What was offered meanwhile has not arrived.
    if (!this.#control.alive) this.#connection.restart({ again: true })
  }

  #onLeft({ peer, reason }: Extract<PeerInRoomEvent, { type: 'left' }>): void {
    if (this.#phase.phase === 'ended') return
    this.#onEvent({ event: 'peer-left', peerId: peer.peerId, name: peer.name, reason })
    if (this.#phase.phase === 'negotiating') this.#greeted.reject(new PeerLeftEarly())
    // The data path outlives the signaling connection: leaving the room is evidence, silence decides.
    if (reason !== 'timed-out') this.#control.seenLeaving()
  }

  #onPeerMessage(message: PeerMessage): void {
    if (this.#phase.phase === 'ended') return
    if (message.type === 'bye' && this.#phase.phase === 'negotiating')
      this.#greeted.reject(new PeerLeftEarly())
    this.#connection.onPeerMessage(message)
  }

  #negotiate(peer: RoomPeer): void {
    const { signal } = this.#lifetime
    const part = this.#inRoom.adopt(peer)
    this.#phase = { phase: 'negotiating' }
    this.#onEvent({ event: 'peer-joined', peerId: peer.peerId, name: peer.name })
    this.#arrived.resolve(peer)
    const send = (message: PeerMessage) => this.#send(message)
    void this.#connection.negotiate({ ...part, send, signal }).catch((error: unknown) => {
      if (!signal.aborted) this.#fail(toPeerError(error))
    })
  }

  async #send(message: PeerMessage): Promise<void> {
    try {
      await this.#inRoom.send(message)
    } catch (error) {
      // Without the server there is no restart now; the connection itself needs it no longer.
      if (this.#phase.phase !== 'connected') throw error
    }
  }

  #onConnectionEvent(event: NegotiatedConnectionEvent): void {
    switch (event.type) {
      case 'no-path':
        return this.#phase.phase === 'negotiating' ? this.#fail(event.error) : undefined
      case 'interrupted':
        return this.#restart()
      default:
        return event satisfies never
    }
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

  #restart(): void {
    if (this.#phase.phase === 'connected') this.#connection.restart()
  }

  async #reportConnected(): Promise<void> {
    if (this.#phase.phase !== 'negotiating') {
      // A peer that says bye right after its hello was there: what it said of itself may explain why it left.
      if (this.#phase.phase === 'ended' && this.#phase.end.how === 'bye') return
      this.#lifetime.signal.throwIfAborted()
      return
    }
    this.#phase = { phase: 'connected' }
    const { pc, remoteFingerprint: fingerprint } = this.#connection
    this.#onEvent({ event: 'authenticated', auth: 'none', verifier: null, fingerprint })
    const candidatePair = selectedCandidatePair(await pc.getStats())
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
    this.#connection.end()
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

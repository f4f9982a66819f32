import { deferred } from '../async/deferred.js'
import { PeerError, toPeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { DeliveryRate } from './delivery-rate.js'
import { decodeFrame, encodeDataFrame, MAX_FRAME_SPAN, type Encoded } from './frame.js'
import type { PathModel } from './path-model.js'

/**
 * What a stock Linux UDP socket (rmem_default 212992) holds of SCTP packets without dropping any. On a path without
 * delay more than this in flight overflows the receiver's socket and stalls the association for an RTO, again and
 * again; on a path with delay the packets are on the wire, not in the socket.
 */
const SOCKET_SAFE_BYTES = 64 * 1024

/** One frame fills the window of a short path: fewer wake-ups cost more there than the stop and go of one channel. */
const SHORT_PATH_CHUNK_BYTES = 64 * 1024

/** On a long path a window is cut into this many frames, so that acknowledgements come often enough to clock it. */
const FRAMES_PER_WINDOW = 4
const MIN_CHUNK_BYTES = 16 * 1024
const MAX_CHUNK_BYTES = 64 * 1024

/** A few of the smallest frames keep an association busy whose congestion window has collapsed. */
const MIN_WINDOW_BYTES = 2 * MIN_CHUNK_BYTES

/** Over TCP nothing is dropped and every message costs wake-ups: the largest that message size and header leave. */
const STREAM_CHUNK_BYTES = 240 * 1024

/** What a single connection over TCP needs on a short path. */
const SHORT_PATH_STREAM_BYTES = 1024 * 1024

/** What an association on a long path may have on the way beyond what its rate says, so that the rate can grow. */
const SPARE_BYTES = 32 * 1024

/**
 * Over TCP the system decides how much is on the path and keeps the rest in its own buffer. So many round trips of the
 * rate seen are always there for it: what follows the rate more closely holds back a congestion control that finds its
 * rate by what it is given (BBR's is "application-limited" then).
 */
const TCP_HORIZON_ROUND_TRIPS = 4

/** Before anything is known of its rate, for each millisecond of round trip: a hundred megabits shared by ten. */
const INITIAL_BYTES_PER_MS = 1024
const MAX_INITIAL_BYTES = 128 * 1024
/** After so much the rate is known. */
const INITIAL_PHASE_BYTES = 256 * 1024

/** What the ICE transport of an association runs over. */
export type AssociationTransport = 'udp' | 'tcp'

/** A part of a file on its way; a copy of it elsewhere is the same object. */
export interface Piece {
  file: number
  offset: number
  chunk: Uint8Array
  /** Set where the chunk is not the bytes of the file; such a piece is not cut. */
  encoded?: Encoded | undefined
  /** One association or another has carried it. */
  acknowledged?: boolean
  /** When it went out last, by whichever association. */
  sentAtMs?: number
}

interface Sent {
  piece: Piece
  atMs: number
  /** Bytes acknowledged when this was sent. */
  deliveredBytes: number
}

export interface AssociationEvents {
  /** A piece has arrived that had not arrived before. */
  onDelivered: (piece: Piece) => void
  /** There may be room now, or the association has failed. */
  onChange: () => void
}

export interface AssociationOptions {
  transport: AssociationTransport
  /** The most the receiver lets be on the way. */
  grantedBytes: number
  path: PathModel
  events: AssociationEvents
}

/**
 * The sending end of one association: a data channel, what is in flight on it and how much may be. Acknowledgements
 * clock it; there is no timer and no polling of bufferedAmount.
 */
export class Association implements AsyncDisposable {
  readonly #channel: DataChannel
  readonly #options: AssociationOptions
  readonly #rate = new DeliveryRate()
  readonly #unacknowledged = new Map<number, Sent>()
  readonly #failed = deferred<PeerError>()
  readonly #stop = new AbortController()
  #grantedBytes: number
  #inFlightBytes = 0
  #deliveredBytes = 0
  #sequence = 0
  #highestAcknowledged = -1
  #heardAtMs = performance.now()

  constructor(channel: DataChannel, options: AssociationOptions) {
    this.#channel = channel
    this.#options = options
    this.#grantedBytes = options.grantedBytes
    void this.#followAcks() // never rejects
  }

  /** Resolves, never rejects, when this association carries nothing any more. */
  get failed(): Promise<PeerError> {
    return this.#failed.promise
  }

  get transport(): AssociationTransport {
    return this.#options.transport
  }

  get deliveredBytes(): number {
    return this.#deliveredBytes
  }

  /** performance.now() of its last acknowledgement, or of what was sent after a pause. */
  get heardAtMs(): number {
    return this.#heardAtMs
  }

  get isBusy(): boolean {
    return this.#unacknowledged.size > 0
  }

  /** Whether everything sent here has arrived, here or by another association. */
  get isIdle(): boolean {
    for (const { piece } of this.#unacknowledged.values()) if (!piece.acknowledged) return false
    return true
  }

  /** The size of the next frame's content at most. */
  get chunkBytes(): number {
    if (!this.#options.path.isLong)
      return this.transport === 'tcp' ? STREAM_CHUNK_BYTES : SHORT_PATH_CHUNK_BYTES
    const share = 2 ** Math.floor(Math.log2(this.#windowBytes / FRAMES_PER_WINDOW))
    return Math.min(Math.max(share, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES)
  }

  /** Whether a frame with so much content may be sent now. */
  admits(bytes: number): boolean {
    if (this.#inFlightBytes === 0) return true
    return this.#inFlightBytes + bytes <= this.#windowBytes && this.#sequence - this.#oldest < MAX_FRAME_SPAN
  }

  async send(piece: Piece): Promise<void> {
    const sequence = this.#sequence++
    const nowMs = performance.now()
    if (this.#unacknowledged.size === 0) this.#heardAtMs = nowMs
    piece.sentAtMs = nowMs
    this.#unacknowledged.set(sequence, { piece, atMs: nowMs, deliveredBytes: this.#deliveredBytes })
    this.#inFlightBytes += piece.chunk.byteLength
    await this.#channel.send(encodeDataFrame({ sequence, ...piece }))
  }

  /** Milliseconds since it last acknowledged anything, with something in flight; 0 with nothing in flight. */
  silentMs(nowMs: number): number {
    return this.#unacknowledged.size === 0 ? 0 : nowMs - this.#heardAtMs
  }

  /** What is in flight here, has not arrived by another way, and was last sent at `beforeMs` or earlier. */
  overdue(beforeMs: number): Piece[] {
    return Array.from(this.#unacknowledged.values(), ({ piece }) => piece).filter(
      ({ acknowledged, sentAtMs }) => !acknowledged && (sentAtMs ?? 0) <= beforeMs,
    )
  }

  /** What was sent and has not arrived, to be sent by others; it is no longer this one's. */
  takeUnacknowledged(): Piece[] {
    const pieces = this.overdue(Number.POSITIVE_INFINITY)
    this.#unacknowledged.clear()
    this.#inFlightBytes = 0
    return pieces
  }

  /** Stops listening; the channel belongs to who opened it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new PeerError('PEER_LOST', 'The association is closed.'))
  }

  /** The number of the oldest frame on the way; a Map keeps the order in which they went out. */
  get #oldest(): number {
    const [oldest = this.#sequence] = this.#unacknowledged.keys()
    return oldest
  }

  /** What the path holds for the rate seen of late and what its end holds (BBR's inflight limit, scaled by the queue). */
  get #windowBytes(): number {
    const { path, transport } = this.#options
    if (!path.isLong) {
      const shortBytes = transport === 'tcp' ? SHORT_PATH_STREAM_BYTES : SOCKET_SAFE_BYTES
      return Math.min(this.#grantedBytes, shortBytes)
    }
    const grownBytes = this.#rate.bytesPerMs * this.#horizonMs + SPARE_BYTES
    const windowBytes = path.scale * Math.max(grownBytes, this.#initialBytes)
    return Math.min(this.#grantedBytes, Math.max(windowBytes, MIN_WINDOW_BYTES))
  }

  get #horizonMs(): number {
    const { path, transport } = this.#options
    if (transport === 'udp' || path.isFull) return path.horizonMs
    return Math.max(path.horizonMs, TCP_HORIZON_ROUND_TRIPS * (path.minRttMs ?? 0))
  }

  get #initialBytes(): number {
    if (this.#deliveredBytes >= INITIAL_PHASE_BYTES) return 0
    return Math.min(INITIAL_BYTES_PER_MS * (this.#options.path.minRttMs ?? 0), MAX_INITIAL_BYTES)
  }

  async #followAcks(): Promise<void> {
    try {
      for await (const message of this.#channel.messages({ signal: this.#stop.signal })) this.#take(message)
      this.#failed.resolve(new PeerError('PEER_LOST', 'The peer closed an association of the transfer.'))
    } catch (error) {
      this.#failed.resolve(toPeerError(error))
    }
    this.#options.events.onChange()
  }

  #take(message: Uint8Array | string): void {
    const frame = decodeFrame(message)
    if (frame.type !== 'ack')
      throw new PeerError('PROTOCOL_VIOLATION', 'The receiver sent data instead of an ACK.')
    if (frame.below > this.#sequence)
      throw new PeerError('PROTOCOL_VIOLATION', 'The receiver acknowledged the future.')
    this.#grantedBytes = frame.windowBytes
    const nowMs = performance.now()
    this.#heardAtMs = nowMs
    const highest = this.#highestAcknowledged
    let newest: Sent | undefined
    for (const sequence of this.#unacknowledged.keys()) {
      if (sequence >= frame.below) break
      newest = this.#acknowledge(sequence, highest) ?? newest
    }
    for (const sequence of frame.beyond) newest = this.#acknowledge(sequence, highest) ?? newest
    if (newest) this.#rate.add(this.#deliveredBytes - newest.deliveredBytes, nowMs - newest.atMs, nowMs)
    this.#options.events.onChange()
  }

  /** `highest` is the highest number that was acknowledged before: a frame below it has been overtaken. */
  #acknowledge(sequence: number, highest: number): Sent | undefined {
    const sent = this.#unacknowledged.get(sequence)
    if (!sent) return undefined
    this.#highestAcknowledged = Math.max(this.#highestAcknowledged, sequence)
    if (this.transport === 'udp') this.#options.path.addFrame({ overtaken: sequence < highest })
    this.#unacknowledged.delete(sequence)
    const bytes = sent.piece.chunk.byteLength
    this.#inFlightBytes -= bytes
    this.#deliveredBytes += bytes
    if (!sent.piece.acknowledged) this.#options.events.onDelivered(sent.piece)
    sent.piece.acknowledged = true
    return sent
  }
}

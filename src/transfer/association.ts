import { deferred } from '../async/deferred.js'
import { PeerError, toPeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { DeliveryRate, LONG_PATH_MS } from './delivery-rate.js'
import { decodeFrame, encodeDataFrame } from './frame.js'

/**
 * What a stock Linux UDP socket (rmem_default 212992) holds of SCTP packets without dropping any. On a path without
 * delay more than this in flight overflows the receiver's socket and stalls the association for an RTO, again and
 * again; on a path with delay the packets are on the wire, not in the socket.
 */
const SOCKET_SAFE_BYTES = 64 * 1024

/** One frame fills the window of a short path: fewer wake-ups cost more there than the stop and go of one channel. */
export const CHUNK_BYTES = 64 * 1024

export interface Piece {
  file: number
  offset: number
  chunk: Uint8Array
}

interface Sent extends Piece {
  atMs: number
  /** Bytes acknowledged when this was sent. */
  deliveredBytes: number
}

export interface AssociationEvents {
  onAcknowledged: (bytes: number) => void
  /** There may be room now, or the association has failed. */
  onChange: () => void
  /** Round trips measured elsewhere on the same path, not behind the frames of a transfer; milliseconds. */
  roundTripTimeMs: () => number | null
}

/**
 * The sending end of one association: a data channel, what is in flight on it and how much may be. Acknowledgements
 * clock it; there is no timer and no polling of bufferedAmount.
 */
export class Association implements AsyncDisposable {
  readonly #channel: DataChannel
  readonly #events: AssociationEvents
  readonly #rate = new DeliveryRate()
  readonly #unacknowledged = new Map<number, Sent>()
  readonly #failed = deferred<PeerError>()
  readonly #stop = new AbortController()
  #grantedBytes: number
  #inFlightBytes = 0
  #deliveredBytes = 0
  #sequence = 0

  constructor(channel: DataChannel, grantedBytes: number, events: AssociationEvents) {
    this.#channel = channel
    this.#grantedBytes = grantedBytes
    this.#events = events
    void this.#followAcks() // never rejects
  }

  /** Resolves, never rejects, when this association carries nothing any more. */
  get failed(): Promise<PeerError> {
    return this.#failed.promise
  }

  get deliveredBytes(): number {
    return this.#deliveredBytes
  }

  /** The shortest round trip known of this path, in milliseconds; null before the first acknowledgement. */
  get minRttMs(): number | null {
    const behindFramesMs = this.#rate.minRttMs
    if (behindFramesMs === null) return null
    return Math.min(behindFramesMs, this.#events.roundTripTimeMs() ?? behindFramesMs)
  }

  get isIdle(): boolean {
    return this.#unacknowledged.size === 0
  }

  /** Whether another frame of this size may be sent now. */
  admits(bytes: number): boolean {
    return this.#inFlightBytes === 0 || this.#inFlightBytes + bytes <= this.#windowBytes
  }

  async send(piece: Piece): Promise<void> {
    const sequence = this.#sequence++
    const sent = { ...piece, atMs: performance.now(), deliveredBytes: this.#deliveredBytes }
    this.#unacknowledged.set(sequence, sent)
    this.#inFlightBytes += piece.chunk.byteLength
    await this.#channel.send(encodeDataFrame({ sequence, ...piece }))
  }

  /** What was sent and not acknowledged, to be sent by others; it is no longer this one's. */
  takeUnacknowledged(): Piece[] {
    const pieces = Array.from(this.#unacknowledged.values(), ({ file, offset, chunk }) => ({
      file,
      offset,
      chunk,
    }))
    this.#unacknowledged.clear()
    this.#inFlightBytes = 0
    return pieces
  }

  /** Stops listening; the channel belongs to who opened it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new PeerError('PEER_LOST', 'The association is closed.'))
  }

  get #isLongPath(): boolean {
    return (this.minRttMs ?? 0) > LONG_PATH_MS
  }

  /** Twice what the path holds and what its end holds, so that it can grow; what the receiver grants at most. */
  get #windowBytes(): number {
    if (!this.#isLongPath) return Math.min(this.#grantedBytes, SOCKET_SAFE_BYTES)
    const pathBytes = this.#rate.bytesPerMs * (this.minRttMs ?? 0)
    return Math.min(this.#grantedBytes, Math.max(2 * pathBytes, SOCKET_SAFE_BYTES) + SOCKET_SAFE_BYTES)
  }

  async #followAcks(): Promise<void> {
    try {
      for await (const message of this.#channel.messages({ signal: this.#stop.signal })) this.#take(message)
      this.#failed.resolve(new PeerError('PEER_LOST', 'The peer closed an association of the transfer.'))
    } catch (error) {
      this.#failed.resolve(toPeerError(error))
    }
    this.#events.onChange()
  }

  #take(message: Uint8Array | string): void {
    const frame = decodeFrame(message)
    if (frame.type !== 'ack')
      throw new PeerError('PROTOCOL_VIOLATION', 'The receiver sent data instead of an ACK.')
    if (frame.below > this.#sequence)
      throw new PeerError('PROTOCOL_VIOLATION', 'The receiver acknowledged the future.')
    this.#grantedBytes = frame.windowBytes
    const nowMs = performance.now()
    let newest: Sent | undefined
    for (const sequence of this.#unacknowledged.keys()) {
      if (sequence >= frame.below) break
      newest = this.#acknowledge(sequence) ?? newest
    }
    for (const sequence of frame.beyond) newest = this.#acknowledge(sequence) ?? newest
    if (newest) this.#rate.add(this.#deliveredBytes - newest.deliveredBytes, nowMs - newest.atMs, nowMs)
    this.#events.onChange()
  }

  #acknowledge(sequence: number): Sent | undefined {
    const sent = this.#unacknowledged.get(sequence)
    if (!sent) return undefined
    this.#unacknowledged.delete(sequence)
    const bytes = sent.chunk.byteLength
    this.#inFlightBytes -= bytes
    this.#deliveredBytes += bytes
    this.#events.onAcknowledged(bytes)
    return sent
  }
}

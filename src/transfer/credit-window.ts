import { abortable, type AbortOptions } from '../async/abortable.js'
import { deferred, type Deferred } from '../async/deferred.js'
import { PeerError } from '../errors.js'

/**
 * What a stock Linux UDP socket (rmem_default 212992) holds of SCTP packets without dropping any. On a path without
 * delay more than this in flight overflows the receiver's socket and stalls the association for an RTO, again and
 * again; on a path with delay the packets are on the wire, not in the socket.
 */
export const SOCKET_SAFE_BYTES = 64 * 1024

/** Above this round-trip time the path, not the receiver's socket, holds what is in flight. */
const LONG_PATH_MS = 5

interface Sample {
  sentBytes: number
  atMs: number
}

/**
 * Bytes the sender may have on the way beyond what the receiver acknowledged. Acknowledgements clock the sender:
 * there is no timer and no polling of bufferedAmount.
 */
export class CreditWindow {
  #grantedBytes: number
  #sentBytes = 0
  #acknowledgedBytes = 0
  #minRttMs = Number.POSITIVE_INFINITY
  #samples: Sample[] = []
  #waiting: Deferred<void> | undefined

  constructor(grantedBytes: number) {
    this.#grantedBytes = grantedBytes
  }

  get acknowledgedBytes(): number {
    return this.#acknowledgedBytes
  }

  /** Resolves when `bytes` may be sent and counts them as sent. */
  async reserve(bytes: number, { signal }: AbortOptions = {}): Promise<void> {
    while (!this.#admits(bytes)) {
      this.#waiting ??= deferred()
      await abortable(this.#waiting.promise, signal)
    }
    this.#sentBytes += bytes
    this.#samples.push({ sentBytes: this.#sentBytes, atMs: performance.now() })
  }

  /** Resolves when everything sent was acknowledged. */
  async drained({ signal }: AbortOptions = {}): Promise<void> {
    while (this.#acknowledgedBytes < this.#sentBytes) {
      this.#waiting ??= deferred()
      await abortable(this.#waiting.promise, signal)
    }
  }

  /** Takes the receiver's word; PROTOCOL_VIOLATION when it acknowledges what was never sent or takes back credit. */
  acknowledge(receivedBytes: number, windowBytes: number): void {
    if (receivedBytes > this.#sentBytes || receivedBytes < this.#acknowledgedBytes) {
      throw new PeerError(
        'PROTOCOL_VIOLATION',
        `The peer acknowledged ${receivedBytes} bytes, between ${this.#acknowledgedBytes} and ${this.#sentBytes} were possible.`,
      )
    }
    this.#acknowledgedBytes = receivedBytes
    this.#grantedBytes = windowBytes
    this.#measure(receivedBytes)
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  #admits(bytes: number): boolean {
    const inFlightBytes = this.#sentBytes - this.#acknowledgedBytes
    if (inFlightBytes === 0) return true
    const limitBytes =
      this.#minRttMs > LONG_PATH_MS && Number.isFinite(this.#minRttMs)
        ? this.#grantedBytes
        : Math.min(this.#grantedBytes, SOCKET_SAFE_BYTES)
    return inFlightBytes + bytes <= limitBytes
  }

  #measure(receivedBytes: number): void {
    const passed = this.#samples.findLastIndex((sample) => sample.sentBytes <= receivedBytes)
    const newest = this.#samples[passed]
    if (!newest) return
    this.#minRttMs = Math.min(this.#minRttMs, performance.now() - newest.atMs)
    this.#samples = this.#samples.slice(passed + 1)
  }
}

/** When chunks are compressed: as it pays, whenever they become smaller, or never. */
export const COMPRESSION_MODES = ['auto', 'always', 'never'] as const
export type CompressionMode = (typeof COMPRESSION_MODES)[number]

/** Compressed data and noise gain less than this, and then cost both sides for nothing. */
const WORTHWHILE_RATIO = 0.9

/** The path has to be slower than the compressor by this factor: reading, hashing and the network want the CPU too. */
const SPARE_SPEED = 2

/** Until so much was carried in so long nobody knows how fast the path is. */
const MEASURE_BYTES = 128 * 1024
const MEASURE_MS = 100

/** How long the best rate of the path is remembered. */
const MEMORY_MS = 5_000

/** What did not become smaller is tried again after so many bytes: an archive begins with a list of names. */
const RETRY_BYTES = 8 * 1024 * 1024

/** So many chunks show how fast the compressor is; the best counts, the others waited for a processor. */
const TRIALS = 3

/** Where the path was faster it is looked again after so many bytes; a trial of 3 ms is nothing beside them. */
const NEXT_TRIAL_BYTES = 32 * 1024 * 1024

/** A chunk of less is not worth its header. */
const MIN_CHUNK_BYTES = 512

/**
 * Decides chunk by chunk whether to compress. With `auto` that is where the content becomes smaller and the path is
 * slower than the compressor, both as measured in this transfer: a fast path is not slowed down.
 */
export class Compression {
  readonly #mode: CompressionMode
  readonly #now: () => number
  /** Content bytes per millisecond of the compressor, of the last chunks. */
  #speeds: number[] = []
  #pathRates: { bytesPerMs: number; atMs: number }[] = []
  #interval: { bytes: number; sinceMs: number } | undefined
  /** Where the content of this file is tried again, counted in bytes of the transfer. */
  #retryAt = 0
  /** Where the path is compared again. */
  #nextTrialAt = 0
  #seenBytes = 0

  constructor(mode: CompressionMode, now: () => number = () => performance.now()) {
    this.#mode = mode
    this.#now = now
  }

  /** Takes that so many bytes were sent as they are. */
  passed(bytes: number): void {
    this.#seenBytes += bytes
  }

  /** Another file: what is known of the content of the last says nothing about it. */
  beginFile(): void {
    this.#retryAt = 0
  }

  /** Whether to compress what comes next. */
  wants(bytes: number): boolean {
    if (this.#mode === 'never' || bytes < MIN_CHUNK_BYTES) return false
    if (this.#mode === 'always') return true
    if (this.#seenBytes < Math.max(this.#retryAt, this.#nextTrialAt)) return false
    const path = this.#pathBytesPerMs
    if (path === undefined) return false
    if (this.#speeds.length < TRIALS || path * SPARE_SPEED < Math.max(...this.#speeds)) return true
    this.#speeds = []
    this.#nextTrialAt = this.#seenBytes + NEXT_TRIAL_BYTES
    return false
  }

  /** Takes what came of compressing a chunk; returns whether to send it compressed. */
  accepts(bytes: number, encodedBytes: number, tookMs: number): boolean {
    this.#seenBytes += bytes
    this.#speeds = [...this.#speeds.slice(1 - TRIALS), bytes / Math.max(tookMs, 0.01)]
    const pays = encodedBytes < bytes * WORTHWHILE_RATIO
    if (!pays) this.#retryAt = this.#seenBytes + RETRY_BYTES
    return pays
  }

  /** Takes how many bytes the path has carried so far; how fast they go shows how fast it is. */
  carried(bytes: number): void {
    const nowMs = this.#now()
    this.#interval ??= { bytes, sinceMs: nowMs }
    const carriedBytes = bytes - this.#interval.bytes
    const tookMs = nowMs - this.#interval.sinceMs
    if (carriedBytes < MEASURE_BYTES || tookMs < MEASURE_MS) return
    const rate = { bytesPerMs: carriedBytes / tookMs, atMs: nowMs }
    this.#pathRates = [...this.#pathRates.filter(({ atMs }) => atMs > nowMs - MEMORY_MS), rate]
    this.#interval = { bytes, sinceMs: nowMs }
  }

  get #pathBytesPerMs(): number | undefined {
    if (this.#pathRates.length === 0) return undefined
    return Math.max(...this.#pathRates.map(({ bytesPerMs }) => bytesPerMs))
  }
}

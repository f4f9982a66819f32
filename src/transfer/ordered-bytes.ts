import { RangeSet } from './range-set.js'

/** A smaller chunk is copied together with others: it costs more as an object than as bytes. */
const SMALL_BYTES = 4 * 1024
const BLOCK_BYTES = 64 * 1024

/** Pieces that wait for one before them. An honest sender has a few windows of them on the way. */
const MAX_AHEAD = 16_384

/** Bytes that arrive in any order and are taken in order; memory grows with the bytes, not with their number of pieces. */
export class OrderedBytes {
  readonly #ranges = new RangeSet()
  readonly #ahead = new Map<number, Uint8Array>()
  #ready: Uint8Array[] = []
  /** The last of `ready` where it is a block of ours with room left. */
  #open: { block: Uint8Array; length: number } | undefined
  #readyEnd = 0
  #endBytes = 0

  /** Bytes that have arrived, taken or not. */
  get arrivedBytes(): number {
    return this.#ranges.bytes
  }

  /** Where the last of them ends. */
  get endBytes(): number {
    return this.#endBytes
  }

  /** Takes a piece; returns how many of its bytes are new, undefined where it overlaps another or is one too many. */
  add(offset: number, chunk: Uint8Array): number | undefined {
    const end = offset + chunk.byteLength
    // Sent again by another association after the first one failed.
    if (this.#ranges.covers(offset, end)) return 0
    const gained = this.#ranges.add(offset, end)
    if (gained !== chunk.byteLength) return undefined
    this.#endBytes = Math.max(this.#endBytes, end)
    if (offset === this.#readyEnd) this.#append(chunk)
    else this.#ahead.set(offset, chunk)
    for (let next = this.#ahead.get(this.#readyEnd); next; next = this.#ahead.get(this.#readyEnd)) {
      this.#ahead.delete(this.#readyEnd)
      this.#append(next)
    }
    return this.#ahead.size > MAX_AHEAD ? undefined : gained
  }

  /** The next bytes in order, up to about so many; undefined where none are there. */
  take(maxBytes: number): Uint8Array | undefined {
    this.#closeBlock()
    const [first] = this.#ready
    if (!first) return undefined
    let count = 1
    let bytes = first.byteLength
    for (let next = this.#ready[count]; next; next = this.#ready[count]) {
      if (bytes + next.byteLength > maxBytes) break
      bytes += next.byteLength
      count++
    }
    const taken = this.#ready.splice(0, count)
    return taken.length === 1 ? first : join(taken, bytes)
  }

  #append(chunk: Uint8Array): void {
    this.#readyEnd += chunk.byteLength
    if (chunk.byteLength >= SMALL_BYTES) {
      this.#closeBlock()
      this.#ready.push(chunk)
      return
    }
    if (this.#open && this.#open.length + chunk.byteLength > BLOCK_BYTES) this.#closeBlock()
    this.#open ??= { block: new Uint8Array(BLOCK_BYTES), length: 0 }
    this.#open.block.set(chunk, this.#open.length)
    this.#open.length += chunk.byteLength
  }

  #closeBlock(): void {
    if (!this.#open) return
    const { block, length } = this.#open
    this.#open = undefined
    // A block that is hardly used would keep all of its room.
    this.#ready.push(length * 2 < BLOCK_BYTES ? block.slice(0, length) : block.subarray(0, length))
  }
}

function join(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const joined = new Uint8Array(bytes)
  let offset = 0
  for (const piece of pieces) {
    joined.set(piece, offset)
    offset += piece.byteLength
  }
  return joined
}

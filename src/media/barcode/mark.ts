/** What a picture says about itself. All are whole numbers from 0 to 2^32 - 1 and start over after that. */
export interface FrameMark {
  /** Which picture of the track it is: one more than the one before, so that a gap is a loss. */
  id: number
  /** Its slot in the source: from it the same picture is drawn again. */
  index: number
  /** When it was written to the track, on the sender's monotonic clock, in milliseconds. */
  sentMs: number
}

/** Bits of a mark: three words of 32 and a check of 16. */
export const MARK_BITS = 112

const WORDS = 3
const CHECK_BITS = 16

/** CRC-16/CCITT-FALSE: one bit in 65536 wrong marks passes, and a uniform picture does not. */
const CHECK_POLYNOMIAL = 0x1021
const CHECK_START = 0xffff

/** The bits of a mark, most significant first, the check last. */
export function encodeMark({ id, index, sentMs }: FrameMark): Uint8Array {
  const bits = new Uint8Array(MARK_BITS)
  const words = [id, index, sentMs]
  words.forEach((word, at) => writeBits(bits, at * 32, 32, word))
  writeBits(bits, WORDS * 32, CHECK_BITS, checkOf(bits))
  return bits
}

/** The mark that the bits are; undefined where the check does not fit. */
export function decodeMark(bits: Uint8Array): FrameMark | undefined {
  if (readBits(bits, WORDS * 32, CHECK_BITS) !== checkOf(bits)) return undefined
  return { id: readBits(bits, 0, 32), index: readBits(bits, 32, 32), sentMs: readBits(bits, 64, 32) }
}

/** From `earlier` to `later` where both start over after 2^32 - 1; negative where it is the other way round. */
export function distance(earlier: number, later: number): number {
  return (later - earlier) | 0
}

function writeBits(bits: Uint8Array, from: number, count: number, value: number): void {
  for (let bit = 0; bit < count; bit++) bits[from + bit] = (value >>> (count - 1 - bit)) & 1
}

function readBits(bits: Uint8Array, from: number, count: number): number {
  let value = 0
  for (let bit = 0; bit < count; bit++) value = value * 2 + (bits[from + bit] ?? 0)
  return value
}

/** Of all bits but those of the check. */
function checkOf(bits: Uint8Array): number {
  let check = CHECK_START
  for (let at = 0; at < WORDS * 32; at++) {
    const carry = (check >>> 15) ^ (bits[at] ?? 0)
    check = (check << 1) & 0xffff
    if (carry === 1) check ^= CHECK_POLYNOMIAL
  }
  return check
}

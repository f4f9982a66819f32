/** A number from 0 up to 1, the next one at each call. */
export type Random = () => number

/** The sequence that belongs to a seed and to what it is drawn for: two purposes never share one. */
export function createRandom(seed: number, purpose: number): Random {
  const start = startOf(seed, purpose)
  let index = 0
  return () => mix(start + index++) / 2 ** 32
}

/** The number at one place of that sequence. */
export function randomAt(seed: number, purpose: number, index: number): number {
  return mix(startOf(seed, purpose) + index) / 2 ** 32
}

function startOf(seed: number, purpose: number): number {
  return mix(mix(seed) + purpose)
}

/** The finalizer of MurmurHash3 (public domain): each bit of what goes in changes half of what comes out. */
function mix(value: number): number {
  let bits = (value + 0x9e3779b9) | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

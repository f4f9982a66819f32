/** 32 random bits. */
export type Random = () => number

/**
 * The same numbers for the same seed, on every machine: a xorshift generator (Marsaglia, "Xorshift RNGs", 2003). Good
 * enough to defeat a video encoder, and for nothing that has to be secret.
 */
export function createRandom(seed: number): Random {
  // Spread, so that neighbouring seeds give unlike streams; zero is the one state that the generator never leaves.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

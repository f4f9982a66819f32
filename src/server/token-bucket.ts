export interface TokenBucket {
  /** Takes one token; false when there is none. */
  take(): boolean
  /** Milliseconds until the next token is there. */
  retryAfterMs(): number
}

/** A rate limit that allows `burst` at once and `perSecond` in the long run. */
export function createTokenBucket(perSecond: number, burst: number): TokenBucket {
  let tokens = burst
  let filledAt = performance.now()

  const refill = () => {
    const now = performance.now()
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond)
    filledAt = now
  }

  return {
    take() {
      refill()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    retryAfterMs() {
      refill()
      return Math.ceil((Math.max(0, 1 - tokens) / perSecond) * 1000)
    },
  }
}

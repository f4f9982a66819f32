import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTokenBucket } from '../../src/server/token-bucket.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('gives the burst at once and then what the rate allows', () => {
  const bucket = createTokenBucket(10, 3)
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false])
  expect(bucket.retryAfterMs()).toBe(100)
  vi.advanceTimersByTime(100)
  expect([bucket.take(), bucket.take()]).toEqual([true, false])
})

it('saves up no more than the burst', () => {
  const bucket = createTokenBucket(1000, 2)
  vi.advanceTimersByTime(60_000)
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false])
})

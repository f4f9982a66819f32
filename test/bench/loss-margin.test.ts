import { describe, expect, it } from 'vitest'
import { lossMargin, messagesFor } from '../../src/bench/loss-margin.js'

describe('the margin of a loss', () => {
  it.each([
    ['nothing sent says nothing', 0, 0, 1],
    ['nothing lost of a thousand: three may have been lucky', 0, 1_000, 0.003],
    ['1 % of ten thousand', 100, 10_000, 0.002985],
    ['half of a hundred', 50, 100, 0.15],
    ['all', 100, 100, 0.03],
  ])('%s', (_what, lost, messages, margin) => expect(lossMargin(lost, messages)).toBeCloseTo(margin, 5))

  it.each([
    ['where nothing was lost so far', 0, 1_000, 1_000],
    ['at 1 %', 10, 1_000, 9_900],
    ['before anything was sent', 0, 0, 1_000],
  ])('takes so many messages to be 0.3 points: %s', (_what, lost, messages, needed) =>
    expect(messagesFor(0.003, lost, messages)).toBe(needed),
  )

  it.each([0, 0.001, 0.01, 0.05, 0.3])(
    'is kept by the number of messages it takes, at a loss of %d',
    (ratio) => {
      const messages = messagesFor(0.003, ratio * 100_000, 100_000)
      expect(lossMargin(ratio * messages, messages)).toBeLessThanOrEqual(0.00301)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { lossMargin, messagesFor, type LossTally } from '../../src/bench/loss-margin.js'
import { ReceivedNumbers } from '../../src/bench/received-numbers.js'
import { createRandom } from '../../src/impair/seeded-random.js'

/** Each lost for itself. */
const alone = (lost: number, messages: number): LossTally => ({ lost, messages, lostRunSquares: lost })

/** A path that loses `burst` messages at once, one twentieth in all. */
function loseInBursts(burst: number, messages: number, seed: number): LossTally {
  const random = createRandom(seed, burst)
  const numbers = new ReceivedNumbers(messages)
  let lost = 0
  let left = 0
  for (let number = 0; number < messages; number += 1) {
    if (number % burst === 0 && random() < 0.05) left = burst
    if (left > 0) {
      left -= 1
      lost += 1
    } else numbers.add(number)
  }
  return { messages, lost, lostRunSquares: numbers.lostRunSquares(messages) }
}

describe('the margin of a loss', () => {
  it.each([
    ['nothing sent says nothing', 0, 0, 1],
    ['nothing lost of a thousand: three may have been lucky', 0, 1_000, 0.003],
    ['1 % of ten thousand', 100, 10_000, 0.002985],
    ['half of a hundred', 50, 100, 0.15],
    ['all', 100, 100, 0.03],
  ])('%s', (_what, lost, messages, margin) =>
    expect(lossMargin(alone(lost, messages))).toBeCloseTo(margin, 5),
  )

  it.each([
    ['where nothing was lost so far', 0, 1_000, 1_000],
    ['at 1 %', 10, 1_000, 9_900],
    ['before anything was sent', 0, 0, 1_000],
  ])('takes so many messages to be 0.3 points: %s', (_what, lost, messages, needed) =>
    expect(messagesFor(0.003, alone(lost, messages))).toBe(needed),
  )

  it.each([0, 0.001, 0.01, 0.05, 0.3])(
    'is kept by the number of messages it takes, at a loss of %d',
    (ratio) => {
      const messages = messagesFor(0.003, alone(ratio * 100_000, 100_000))
      expect(lossMargin(alone(ratio * messages, messages))).toBeLessThanOrEqual(0.00301)
    },
  )

  it.each([1, 10, 40])('holds where %d are lost at once', (burst) => {
    const RUNS = 50
    let off = 0
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const tally = loseInBursts(burst, 20_000, seed)
      if (Math.abs(tally.lost / tally.messages - 0.05) > lossMargin(tally)) off += 1
    }
    expect(off).toBeLessThanOrEqual(3)
  })
})

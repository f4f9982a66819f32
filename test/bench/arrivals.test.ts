import { describe, expect, it } from 'vitest'
import { Arrivals } from '../../src/bench/arrivals.js'
import { ReceivedNumbers } from '../../src/bench/received-numbers.js'

const count = (numbers: readonly number[]) => {
  const arrivals = new Arrivals(1_000)
  for (const [index, number] of numbers.entries()) arrivals.add(number, 10, index)
  return arrivals.report(numbers.length)
}

describe('arrivals', () => {
  it.each([
    ['in order', [0, 1, 2, 3], 0],
    ['one overtaken', [0, 2, 1, 3], 1],
    ['one far too late', [0, 2, 3, 4, 1], 1],
    ['all backwards', [3, 2, 1, 0], 3],
    ['with gaps', [0, 5, 9], 0],
  ])('count what is reordered: %s', (_what, numbers, reordered) =>
    expect(count(numbers)).toMatchObject({ received: numbers.length, reordered, bytes: numbers.length * 10 }),
  )

  it('give the rate of each whole window', () => {
    const arrivals = new Arrivals(1_000)
    for (let nowMs = 0; nowMs <= 250; nowMs += 10)
      arrivals.add(nowMs, nowMs < 100 ? 1_000 : 500, 5_000 + nowMs)
    expect(arrivals.report(26)).toEqual({
      received: 26,
      reordered: 0,
      bytes: 18_000,
      durationMs: 1_000,
      windowMs: 100,
      windows: [100_000, 50_000, 30_000, 0, 0, 0, 0, 0, 0, 0],
    })
  })

  it('make no rate out of the moment in which a busy process reads what had come long before', () => {
    const arrivals = new Arrivals(500)
    for (let number = 0; number < 100; number += 1) arrivals.add(number, 16_384, 9_000 + number / 100)
    const { durationMs, windows } = arrivals.report(100)
    expect(durationMs).toBe(500)
    expect(windows).toHaveLength(5)
  })

  it('keep a silence as windows of nothing, and memory bounded', () => {
    const arrivals = new Arrivals(1_000)
    arrivals.add(0, 100, 0)
    arrivals.add(1, 100, 350)
    arrivals.add(2, 100, 10_000_000)
    const { windows } = arrivals.report(3)
    expect(windows.slice(0, 4)).toEqual([1_000, 0, 0, 1_000])
    expect(windows.length).toBeLessThanOrEqual(1_000)
  })

  it.each([
    ['nothing', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0],
    ['each alone', [0, 2, 4, 6, 8], 5],
    ['together', [0, 6, 7, 8, 9], 25],
    ['in two runs, overtaken', [9, 4, 5, 0, 1], 13],
    ['all', [], 100],
  ])('tell what was lost together: %s', (_what, numbers, squares) => {
    const arrivals = new Arrivals(0, new ReceivedNumbers(1_000))
    for (const number of numbers) arrivals.add(number, 8, 0)
    expect(arrivals.report(10).lostRunSquares).toBe(squares)
  })

  it('remember no number that the peer makes up', () => {
    const numbers = new ReceivedNumbers(4)
    for (const number of [0, 3, 4, 2 ** 32 - 1]) numbers.add(number)
    expect(numbers.lostRunSquares(1e15)).toBe(4)
  })
})

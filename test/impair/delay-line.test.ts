import { describe, expect, it } from 'vitest'
import { DelayLine, type LinkClock } from '../../src/impair/delay-line.js'

/** A clock whose timers fire when time passes them, as late as the next step. */
function createSteppedClock() {
  let nowMs = 0
  let timers: { atMs: number; callback: () => void }[] = []
  const clock: LinkClock & { advance(toMs: number): void; readonly pending: number } = {
    now: () => nowMs,
    schedule(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(toMs) {
      nowMs = toMs
      const due = timers.filter(({ atMs }) => atMs <= nowMs)
      timers = timers.filter(({ atMs }) => atMs > nowMs)
      for (const { callback } of due) callback()
    },
    get pending() {
      return timers.length
    },
  }
  return clock
}

function open() {
  const clock = createSteppedClock()
  const delivered: string[] = []
  const line = new DelayLine<string>(clock, (item) => delivered.push(item))
  return { clock, delivered, line }
}

describe('a delay line', () => {
  it('delivers what is due at once', () => {
    const { line, delivered, clock } = open()
    line.push('a', 0)
    expect(delivered).toEqual(['a'])
    expect(clock.pending).toBe(0)
  })

  it('delivers when due and not before, with one timer', () => {
    const { line, delivered, clock } = open()
    line.push('a', 10)
    line.push('b', 10.2)
    line.push('c', 30)
    expect(clock.pending).toBe(1)
    clock.advance(9)
    expect(delivered).toEqual([])
    clock.advance(10)
    expect(delivered).toEqual(['a', 'b'])
    clock.advance(30)
    expect(delivered).toEqual(['a', 'b', 'c'])
    expect(clock.pending).toBe(0)
  })

  it('lets what is due earlier overtake', () => {
    const { line, delivered, clock } = open()
    line.push('late', 20)
    line.push('early', 5)
    line.push('middle', 10)
    clock.advance(5)
    expect(delivered).toEqual(['early'])
    clock.advance(25)
    expect(delivered).toEqual(['early', 'middle', 'late'])
  })

  it('keeps what is due at once behind what was there before it', () => {
    const { line, delivered, clock } = open()
    line.push('first', 3)
    line.push('second', 3)
    clock.advance(3)
    line.push('third', 3)
    expect(delivered).toEqual(['first', 'second', 'third'])
  })

  it('holds tens of thousands and gives all of them out in order', () => {
    const { line, clock } = open()
    const order: number[] = []
    const long = new DelayLine<number>(clock, (item) => order.push(item))
    for (let index = 0; index < 30_000; index += 1) long.push(index, 100 + index / 100)
    for (let now = 100; now <= 401; now += 1) clock.advance(now)
    expect(order.length).toBe(30_000)
    expect(order.every((item, index) => item === index)).toBe(true)
    expect(long.size + line.size).toBe(0)
  })

  it('delivers nothing once disposed', () => {
    const { line, delivered, clock } = open()
    line.push('a', 10)
    line[Symbol.dispose]()
    clock.advance(100)
    expect(delivered).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import { parseImpairment } from '../../src/impair/impairment.js'
import { LinkModel, type Fate, type LinkDirection } from '../../src/impair/link-model.js'

const PACKET_BYTES = 1_200

interface CarryOptions {
  packets?: number
  intervalMs?: number
  direction?: LinkDirection
}

/** What becomes of packets that come one every `intervalMs`. */
function carry(
  text: string,
  { packets = 50_000, intervalMs = 1, direction = 'outgoing' }: CarryOptions = {},
): { fates: Fate[]; delays: number[]; dues: number[] } {
  const model = new LinkModel(parseImpairment(text), direction)
  const fates: Fate[] = []
  const delays: number[] = []
  const dues: number[] = []
  for (let index = 0; index < packets; index += 1) {
    const fate = model.admit(PACKET_BYTES, index * intervalMs)
    fates.push(fate)
    if (fate.fate !== 'passes') continue
    dues.push(fate.dueMs)
    delays.push(fate.dueMs - index * intervalMs)
  }
  return { fates, delays, dues }
}

const count = (fates: readonly Fate[], wanted: Fate['fate']) =>
  fates.filter(({ fate }) => fate === wanted).length
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const isSorted = (values: readonly number[]) =>
  values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0))

describe('an impaired link', () => {
  it.each([0, 0.001, 0.01, 0.05, 0.5, 1])('loses the share %d of packets', (ratio) => {
    for (const seed of [1, 2, 3]) {
      const { fates } = carry(`loss=${ratio * 100}%,seed=${seed}`)
      expect(Math.abs(count(fates, 'lost') / fates.length - ratio)).toBeLessThan(0.003)
    }
  })

  it('loses one by one: a loss says nothing about the next packet', () => {
    const { fates } = carry('loss=10%')
    const pairs = fates.filter(({ fate }, index) => fate === 'lost' && fates[index + 1]?.fate === 'lost')
    expect(pairs.length / fates.length).toBeGreaterThan(0.008)
    expect(pairs.length / fates.length).toBeLessThan(0.012)
  })

  it('loses the same packets with the same seed, whatever else is set, and others with another', () => {
    const lost = (text: string, options = {}) => carry(text, options).fates.map(({ fate }) => fate === 'lost')
    const once = lost('loss=5%,seed=9')
    expect(lost('loss=5%,seed=9,delay=80ms,jitter=20ms,reorder=10%')).toEqual(once)
    expect(lost('loss=5%,seed=10')).not.toEqual(once)
    expect(lost('loss=5%,seed=9', { direction: 'incoming' })).not.toEqual(once)
  })

  it('delays every packet by the same', () => {
    const { delays } = carry('delay=50ms', { packets: 1_000 })
    for (const delayMs of delays) expect(delayMs).toBeCloseTo(50, 6)
  })

  it('lets the delay wander within the jitter, around the delay, and keeps the order', () => {
    const { delays, dues } = carry('delay=50ms,jitter=20ms', { packets: 200_000, intervalMs: 0.1 })
    expect(Math.min(...delays.slice(0, 100_000))).toBeGreaterThanOrEqual(30)
    expect(Math.max(...delays.slice(0, 100_000))).toBeLessThanOrEqual(70)
    expect(Math.abs(mean(delays) - 50)).toBeLessThan(2)
    expect(Math.max(...delays.slice(0, 100_000)) - Math.min(...delays.slice(0, 100_000))).toBeGreaterThan(25)
    expect(isSorted(dues)).toBe(true)
  })

  it('holds back the share of packets that are to be overtaken', () => {
    const { fates, dues } = carry('delay=50ms,reorder=2%')
    const reordered = fates.filter((fate) => fate.fate === 'passes' && fate.reordered).length
    expect(Math.abs(reordered / fates.length - 0.02)).toBeLessThan(0.003)
    const overtaken = dues.filter((due, index) =>
      dues.slice(index + 1, index + 20).some((next) => next < due),
    )
    expect(overtaken.length).toBe(reordered)
  })

  it('passes no more than the rate, headers included, and drops what the queue does not hold', () => {
    // 1228 bytes at 10 Mbit/s are 0.9824 ms each; 20 Mbit/s come.
    const { fates, dues, delays } = carry('rate=10mbit,queue=50ms', { packets: 20_000, intervalMs: 0.4912 })
    const seconds = ((dues.at(-1) ?? 0) - (dues[0] ?? 0)) / 1_000
    expect(((dues.length - 1) * 1_228 * 8) / seconds / 1e6).toBeCloseTo(10, 1)
    expect(Math.max(...delays)).toBeGreaterThan(49)
    expect(Math.max(...delays)).toBeLessThan(53)
    expect(count(fates, 'queue-full') / fates.length).toBeCloseTo(0.5, 1)
    expect(isSorted(dues)).toBe(true)
  })

  it('queues nothing below the rate, and has room again after a pause', () => {
    const { fates, delays } = carry('rate=10mbit', { packets: 1_000, intervalMs: 2 })
    expect(count(fates, 'queue-full')).toBe(0)
    for (const delayMs of delays) expect(delayMs).toBeCloseTo(0.9824, 6)
  })
})

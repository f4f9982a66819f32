import { createTally } from '../../figures/aggregate.js'

/** Milliseconds from writing a picture to the track until it arrived decoded. */
export interface Latency {
  p50: number
  p95: number
  max: number
}

export interface LatencyMeter {
  /** Takes when a picture was sent, on the sender's clock (which starts over after 2^32 ms), and when it arrived on ours. */
  add(sentMs: number, arrivalMs: number): void
  /** With what is known of the clocks by now: `offsetMs` is the sender's minus ours. Null before the first picture. */
  measure(offsetMs: number): Latency | null
}

/** The clocks may be anywhere: what is kept is the difference, and the offset is added when it is asked for. */
export function createLatencyMeter(): LatencyMeter {
  const tallies = { p50: createTally('p50'), p95: createTally('p95'), max: createTally('max') }
  return {
    add(sentMs, arrivalMs) {
      const difference = around(arrivalMs - sentMs)
      for (const tally of Object.values(tallies)) tally.add(difference)
    },
    measure(offsetMs) {
      const [p50, p95, max] = [tallies.p50.value, tallies.p95.value, tallies.max.value]
      if (typeof p50 !== 'number' || typeof p95 !== 'number' || typeof max !== 'number') return null
      const place = (difference: number) => round(around(difference + offsetMs))
      return { p50: place(p50), p95: place(p95), max: place(max) }
    },
  }
}

/** The same moment of clocks that start over after 2^32 ms, between -2^31 and 2^31. */
function around(differenceMs: number): number {
  return differenceMs - 2 ** 32 * Math.round(differenceMs / 2 ** 32)
}

function round(valueMs: number): number {
  return Math.round(valueMs * 10) / 10
}

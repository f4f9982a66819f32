import type { BenchResult, ChannelKind } from '../events/bench.js'
import { BENCH_PROBES } from './bench-message.js'
import type { Delivery } from './bench-peer.js'
import type { BenchCase } from './bench-plan.js'
import { percentile, rounded, summariseRoundTrips } from './distribution.js'
import { lossMargin, type LossTally } from './loss-margin.js'
import { PROBE_BYTES } from './probe-sender.js'

/** What was delivered so far, one way. */
export interface Tally {
  sent: number
  received: number
  reordered: number
  /** Of what did not arrive, as in `LossTally`. */
  lostRunSquares: number
}

export const NOTHING_SENT: Readonly<Tally> = { sent: 0, received: 0, reordered: 0, lostRunSquares: 0 }

/** A receiver cannot have got more than was sent. */
export function add(tally: Tally, delivery: Delivery | undefined): void {
  if (!delivery) return
  const { sent, arrivals } = delivery
  const received = Math.min(sent, arrivals.received)
  tally.sent += sent
  tally.received += received
  tally.reordered += Math.min(arrivals.reordered, arrivals.received)
  tally.lostRunSquares += Math.min(arrivals.lostRunSquares ?? 0, (sent - received) ** 2)
}

/** What was lost of it. */
export function lossOf({ sent, received, lostRunSquares }: Tally): LossTally {
  return { messages: sent, lost: sent - received, lostRunSquares }
}

/** The loss of single packets. */
export function lossResult(direction: 'up' | 'down', tally: Tally): BenchResult {
  const { ordered, maxRetransmits } = BENCH_PROBES.init
  const channel = { ordered, maxRetransmits, maxPacketLifeTime: null }
  return {
    measure: 'loss',
    ...deliveryOf(direction, channel, PROBE_BYTES, tally),
    lossMargin: lossMargin(lossOf(tally)),
  }
}

/** What a channel carried. */
export function throughputResult(
  direction: 'up' | 'down',
  order: BenchCase,
  { sent, arrivals }: Delivery,
  samples: readonly number[],
): BenchResult {
  const tally = { ...NOTHING_SENT }
  add(tally, { sent, arrivals })
  // The receiver's word is taken for the time, not for what this side knows itself.
  const bytes = tally.received * order.messageBytes
  const { durationMs, windowMs, windows } = arrivals
  const meanRate = durationMs > 0 ? Math.round((bytes * 1_000) / durationMs) : 0
  const seen = windows.length > 0 ? windows : [meanRate]
  return {
    measure: 'throughput',
    ...deliveryOf(direction, order.channel, order.messageBytes, tally),
    simultaneous: order.direction === 'both',
    bytes,
    durationMs: rounded(durationMs),
    bytesPerSecond: {
      mean: meanRate,
      p50: percentile(seen, 0.5),
      min: Math.min(...seen),
      peak: Math.max(...seen),
    },
    windowMs,
    windows,
    roundTripTimeMs: summariseRoundTrips(samples),
  }
}

function deliveryOf(
  direction: 'up' | 'down',
  channel: ChannelKind,
  messageBytes: number,
  { sent, received, reordered }: Tally,
) {
  return {
    direction,
    channel,
    messageBytes,
    messages: sent,
    received,
    lossRatio: sent > 0 ? (sent - received) / sent : 0,
    reorderedRatio: received > 0 ? reordered / received : 0,
  }
}

/** The same result as the other side sees it. */
export function mirrored(result: BenchResult): BenchResult {
  if (result.measure === 'rtt') return result
  return { ...result, direction: result.direction === 'up' ? 'down' : 'up' }
}

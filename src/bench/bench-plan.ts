import type { ChannelKind } from '../events/bench.js'

export const DIRECTIONS = ['up', 'down', 'both'] as const
/** `up` is from the side that leads; `both` is both at once. */
export type BenchDirection = (typeof DIRECTIONS)[number]

/** One throughput measurement. */
export interface BenchCase {
  channel: ChannelKind
  messageBytes: number
  direction: BenchDirection
}

export interface BenchPlan {
  cases: readonly BenchCase[]
  /** Of each case, in milliseconds. */
  durationMs: number
  /** At most, for all rounds of probes. */
  lossTimeMs: number
}

const DEFAULT_MESSAGE_BYTES = 65_536
export const RELIABLE: ChannelKind = { ordered: true, maxRetransmits: null, maxPacketLifeTime: null }

/** Every way of delivery that differs in what it does about a lost packet. */
const MATRIX_CHANNELS: readonly ChannelKind[] = [
  RELIABLE,
  { ...RELIABLE, ordered: false },
  { ...RELIABLE, ordered: false, maxRetransmits: 0 },
  { ...RELIABLE, ordered: false, maxPacketLifeTime: 100 },
]

/** One packet, a few, and what is best for throughput. */
const MATRIX_SIZES = [1_024, 16_384, DEFAULT_MESSAGE_BYTES]

export interface BenchChoice {
  channel: ChannelKind
  matrix: boolean
  messageBytes: readonly number[] | undefined
  directions: readonly BenchDirection[] | undefined
  durationMs: number
  lossTimeMs: number
}

/** The cases of a choice: each channel, each size, each direction. */
export function createBenchPlan(choice: BenchChoice): BenchPlan {
  const channels = choice.matrix ? MATRIX_CHANNELS : [choice.channel]
  const sizes = choice.messageBytes ?? (choice.matrix ? MATRIX_SIZES : [DEFAULT_MESSAGE_BYTES])
  const directions = choice.directions ?? ['up', 'down']
  const cases = channels.flatMap((channel) =>
    sizes.flatMap((messageBytes) => directions.map((direction) => ({ channel, messageBytes, direction }))),
  )
  return { cases, durationMs: choice.durationMs, lossTimeMs: choice.lossTimeMs }
}

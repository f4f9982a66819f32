import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { FRAME_HEAD_BYTES } from '../../bench/bench-frame.js'
import { createBenchPlan, DIRECTIONS, type BenchPlan } from '../../bench/bench-plan.js'
import { readDelivery } from './data-channel-options.js'
import { bytesOf, durationOf, usage, wordsOf } from './option-values.js'
import { DATA_CHANNEL_OPTIONS, flag, rare, value } from './options.js'

/** libwebrtc's own ceiling; what the peer takes can be less. */
const MAX_MESSAGE_BYTES = 262_144
const MAX_DURATION_MS = 600_000
const DEFAULT_DURATION_MS = 3_000

/** A little more than a path of 100 ms with 1 % loss takes. */
const DEFAULT_LOSS_TIME_MS = 30_000

const {
  ordered,
  unordered,
  'max-retransmits': maxRetransmits,
  'max-packet-life-time': maxPacketLifeTime,
} = DATA_CHANNEL_OPTIONS

export const BENCH_CHANNEL_OPTIONS = {
  ordered,
  unordered,
  'max-retransmits': maxRetransmits,
  'max-packet-life-time': maxPacketLifeTime,
} satisfies Record<string, Options>

export const BENCH_OPTIONS = {
  duration: value('Time of each throughput measurement, 3s by default', readDuration),
  direction: value('Some of up,down,both (at once); up,down by default', wordsOf('--direction', DIRECTIONS)),
  'message-size': value('Such as 64KiB (default) or 1KiB,16KiB', readSizes),
  'loss-time': rare(value('At most, to measure the loss; 30s by default', durationOf('--loss-time'))),
  matrix: flag('Every kind of channel in several message sizes'),
} satisfies Record<string, Options>

export type BenchOptionArgs = ArgumentsCamelCase<
  InferredOptionTypes<typeof BENCH_OPTIONS & typeof BENCH_CHANNEL_OPTIONS>
>

/** Reads what to measure, and whether anybody chose it; throws USAGE where options exclude each other. */
export function readBenchOptions(args: BenchOptionArgs): { plan: BenchPlan; chosen: boolean } {
  const plan = createBenchPlan({
    channel: readDelivery(args),
    matrix: args.matrix ?? false,
    messageBytes: args.messageSize,
    directions: args.direction,
    durationMs: args.duration ?? DEFAULT_DURATION_MS,
    lossTimeMs: args.lossTime ?? DEFAULT_LOSS_TIME_MS,
  })
  const chosen = [
    args.ordered,
    args.unordered,
    args.maxRetransmits,
    args.maxPacketLifeTime,
    args.duration,
    args.direction,
    args.messageSize,
    args.matrix,
    args.lossTime,
  ].some((given) => given !== undefined && given !== false)
  return { plan, chosen }
}

function readDuration(text: string): number {
  const durationMs = durationOf('--duration')(text)
  if (durationMs <= MAX_DURATION_MS) return durationMs
  throw usage('--duration', `must be at most ${MAX_DURATION_MS / 60_000}m`, text)
}

function readSizes(text: string): number[] {
  const sizes = text.split(',').map((size) => bytesOf('--message-size')(size))
  const fits = (size: number) => size >= FRAME_HEAD_BYTES && size <= MAX_MESSAGE_BYTES
  if (sizes.every((size) => fits(size))) return sizes
  throw usage('--message-size', `must be ${FRAME_HEAD_BYTES} to ${MAX_MESSAGE_BYTES} bytes`, text)
}

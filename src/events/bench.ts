import * as v from 'valibot'
import { count, milliseconds, ratio } from './quantities.js'

export const channelKindSchema = v.object({
  ordered: v.boolean(),
  maxRetransmits: v.nullable(count),
  maxPacketLifeTime: v.nullable(count),
})
/** How a data channel delivers; reliably where both limits are null. */
export type ChannelKind = v.InferOutput<typeof channelKindSchema>

/** `up` is from the side that reports to its peer. */
const benchDirectionSchema = v.picklist(['up', 'down'])

const roundTripTimes = v.object({
  min: milliseconds,
  mean: milliseconds,
  p50: milliseconds,
  p95: milliseconds,
  max: milliseconds,
  /** One of each answered ping, in order. */
  samples: v.pipe(v.array(milliseconds), v.maxLength(10_000)),
})
export type RoundTripTimes = v.InferOutput<typeof roundTripTimes>

const deliverySchema = v.object({
  direction: benchDirectionSchema,
  channel: channelKindSchema,
  messageBytes: count,
  /** Sent, and of these received. */
  messages: count,
  received: count,
  lossRatio: ratio,
  /** Of those received, how many came after one that was sent later (RFC 4737). */
  reorderedRatio: ratio,
})

const rates = v.object({ mean: v.number(), p50: v.number(), min: v.number(), peak: v.number() })

/** What a bench found out: round trips of an idle path, loss of single packets, or what a channel carried. */
export const benchResultSchema = v.variant('measure', [
  v.object({ measure: v.literal('rtt'), roundTripTimeMs: roundTripTimes }),
  v.object({
    ...deliverySchema.entries,
    measure: v.literal('loss'),
    /** Within this of the path's own with 99.7 % (three standard deviations). */
    lossMargin: ratio,
  }),
  v.object({
    ...deliverySchema.entries,
    measure: v.literal('throughput'),
    /** Both directions at once. */
    simultaneous: v.boolean(),
    /** Payload that arrived in the time it was sent, or until the last came. */
    bytes: count,
    durationMs: milliseconds,
    /** Payload per second: over all, and of windows of `windowMs`. */
    bytesPerSecond: rates,
    windowMs: milliseconds,
    windows: v.pipe(v.array(v.number()), v.maxLength(10_000)),
    /** Through the same connection meanwhile; null where no ping was answered. */
    roundTripTimeMs: v.nullable(roundTripTimes),
  }),
])
export type BenchResult = v.InferOutput<typeof benchResultSchema>

export const benchEventSchema = v.object({ event: v.literal('bench'), result: benchResultSchema })

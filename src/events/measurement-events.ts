import * as v from 'valibot'
import { benchEventSchema } from './bench.js'
import { count, milliseconds } from './quantities.js'
import { candidatePairStateSchema, runSummarySchema, statsSummarySchema } from './stats.js'

const linkCounts = v.object({
  /** All that came to the link, whatever became of them; UDP payload. */
  packets: count,
  bytes: count,
  lost: count,
  queueDropped: count,
  reordered: count,
})

/** Events of measuring: statistics, benches, the impaired link, and whether all is as it was expected to be. */
export const measurementEventSchemas = [
  v.object({
    event: v.literal('stats'),
    summary: statsSummarySchema,
    /** Asked for with the command `stats`, and no sample of the interval. */
    requested: v.optional(v.literal(true)),
    /** Every candidate pair, with `--pairs`. */
    candidatePairs: v.optional(v.array(candidatePairStateSchema)),
    /** The raw getStats() dictionaries, with `--raw`, `--type` or `--verbose`. */
    report: v.optional(v.array(v.record(v.string(), v.unknown()))),
  }),
  v.object({ event: v.literal('metrics'), /** Where a Prometheus finds them. */ url: v.string() }),
  v.object({ event: v.literal('stats-summary'), ...runSummarySchema.entries }),
  benchEventSchema,
  v.object({
    event: v.literal('impairment'),
    /** One way. */
    delayMs: milliseconds,
    jitterMs: milliseconds,
    /** 0 to 1. */
    lossRatio: v.number(),
    reorderRatio: v.number(),
    /** Bits per second; null where there is no bottleneck. */
    rate: v.nullable(v.number()),
    queueMs: v.nullable(milliseconds),
    seed: count,
    outgoing: linkCounts,
    incoming: linkCounts,
  }),
  v.object({
    event: v.literal('expect'),
    /** As it was given with `--expect`. */
    expression: v.string(),
    ok: v.boolean(),
    /** The measured values for people, `0.6 ms`; null where nothing was measured. */
    value: v.nullable(v.string()),
    /** Why it is not ok; null where it is. */
    reason: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('check'),
    name: v.string(),
    ok: v.boolean(),
    value: v.string(),
  }),
] as const

import * as v from 'valibot'
import { milliseconds } from './quantities.js'

/** Events of the run itself: what went wrong, and how it ended. */
export const outcomeEventSchemas = [
  v.object({
    event: v.literal('warning'),
    code: v.string(),
    message: v.string(),
    hint: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('error'),
    code: v.string(),
    message: v.string(),
    hint: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('exit'),
    code: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
    reason: v.string(),
    durationMs: milliseconds,
  }),
] as const

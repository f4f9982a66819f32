import * as v from 'valibot'
import type { PeerError } from '../errors.js'
import { milliseconds } from './quantities.js'

const warningSchema = v.object({
  event: v.literal('warning'),
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
})

/** Events of the run itself: what went wrong, and how it ended. */
export const outcomeEventSchemas = [
  warningSchema,
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

/** Tells of an error that ends something, and not the run. */
export function warningOf({ code, message, hint }: PeerError): v.InferOutput<typeof warningSchema> {
  return { event: 'warning', code, message, hint: hint ?? null }
}

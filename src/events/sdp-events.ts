import * as v from 'valibot'
import { sdpExplanationSchema } from '../sdp/explanation.js'
import { count, milliseconds } from './quantities.js'

/** Events of session descriptions: what they say, what is wrong with them, and how they differ. */
export const sdpEventSchemas = [
  v.object({
    event: v.literal('sdp'),
    /** As it was named; `-` is standard input. */
    file: v.string(),
    type: v.nullable(v.picklist(['offer', 'answer'])),
    explanation: sdpExplanationSchema,
  }),
  v.object({
    event: v.literal('description'),
    /** The dump it is from; null where this run set it. */
    file: v.nullable(v.string()),
    /** From 1, in the order in which they were set; `FILE#NUMBER` names it. */
    number: count,
    connection: v.string(),
    side: v.picklist(['local', 'remote']),
    type: v.picklist(['offer', 'answer']),
    /** Without the ICE password. */
    sdp: v.string(),
    /** Since the first. */
    elapsedMs: milliseconds,
  }),
  v.object({
    event: v.literal('sdp-finding'),
    file: v.string(),
    rule: v.string(),
    severity: v.picklist(['error', 'warning']),
    /** From 1. */
    line: v.pipe(v.number(), v.integer(), v.minValue(1)),
    message: v.string(),
    /** `RFC 8866 §5.14`. */
    reference: v.string(),
  }),
  v.object({
    event: v.literal('sdp-difference'),
    files: v.object({ before: v.string(), after: v.string() }),
    /** null where it is about the whole session. */
    mid: v.nullable(v.string()),
    subject: v.string(),
    change: v.picklist(['added', 'removed', 'changed', 'reordered']),
    before: v.nullable(v.string()),
    after: v.nullable(v.string()),
  }),
] as const

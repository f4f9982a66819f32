import * as v from 'valibot'
import { count, milliseconds } from './quantities.js'

const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const fileEntry = v.object({ name: v.string(), bytes: count })
/** Null where nobody knows before the end: a stream. */
const expectedBytes = v.nullable(count)
const transferDirection = v.picklist(['send', 'receive'])

/** Events of transfers: files, streams and texts. */
export const transferEventSchemas = [
  v.object({
    event: v.literal('transfer-offer'),
    direction: transferDirection,
    files: v.array(v.object({ ...fileEntry.entries, bytes: expectedBytes })),
    bytes: expectedBytes,
    /** The session waits for the command `accept` or `decline`. */
    asks: v.optional(v.literal(true)),
  }),
  v.object({
    event: v.literal('transfer-accepted'),
    direction: transferDirection,
    bytes: expectedBytes,
    resumedBytes: count,
    associations: count,
  }),
  /** A text that was sent as one (`send-file --text`). */
  v.object({ event: v.literal('text'), text: v.string(), direction: v.picklist(['in']) }),
  v.object({
    event: v.literal('transfer-progress'),
    direction: transferDirection,
    bytes: expectedBytes,
    bytesTransferred: count,
    bytesPerSecond: v.number(),
    associations: count,
    /** The one of which bytes came last; null before the first. Resumed bytes are counted. */
    file: v.nullable(
      v.object({
        name: v.string(),
        /** From 1, in the order of `transfer-offer`. */
        number: count,
        of: count,
        bytes: expectedBytes,
        bytesTransferred: count,
      }),
    ),
    durationMs: milliseconds,
  }),
  v.object({
    event: v.literal('transfer-complete'),
    direction: transferDirection,
    files: v.array(v.object({ ...fileEntry.entries, sha256: sha256Hex, path: v.nullable(v.string()) })),
    bytes: count,
    bytesTransferred: count,
    resumedBytes: count,
    bytesPerSecond: v.number(),
    associations: count,
    /** What was sent of the content, where the sender could compress it. */
    carriedBytes: v.optional(count),
    durationMs: milliseconds,
  }),
  v.object({
    event: v.literal('transfer-failed'),
    direction: transferDirection,
    bytes: expectedBytes,
    bytesTransferred: count,
    reason: v.string(),
  }),
] as const

import * as v from 'valibot'

/** What became of a command given while the session runs; exactly one for each with `--control`. */
export const commandEventSchema = v.object({
  event: v.literal('command'),
  /** Null where it could not be read. */
  command: v.nullable(v.string()),
  /** As it was given; null where none was. */
  id: v.nullable(v.union([v.string(), v.number()])),
  ok: v.boolean(),
  /** Why not; null where it is. The session goes on. */
  error: v.nullable(v.object({ code: v.string(), message: v.string(), hint: v.nullable(v.string()) })),
  /** What can be typed, as the answer to `help`. */
  commands: v.optional(v.array(v.object({ usage: v.string(), describes: v.string() }))),
})

import * as v from 'valibot'

const common = {
  name: v.pipe(v.string(), v.minLength(1)),
  cat: v.string(),
  ts: v.pipe(v.number(), v.minValue(0)),
  pid: v.number(),
  tid: v.number(),
}
const args = v.record(v.string(), v.unknown())

const eventSchema = v.variant('ph', [
  v.object({ ...common, ph: v.picklist(['b', 'e']), id: v.string(), args: v.optional(args) }),
  v.object({ ...common, ph: v.literal('i'), s: v.picklist(['t', 'p']), args: v.optional(args) }),
  v.object({ ...common, ph: v.literal('C'), args: v.record(v.string(), v.number()) }),
  v.object({
    ...common,
    ph: v.literal('M'),
    name: v.picklist(['process_name', 'thread_name']),
    args: v.object({ name: v.string() }),
  }),
])

/** Reads a trace by the rules of the Trace Event Format (JSON array); throws where it breaks one. */
export function readTrace(text: string): v.InferOutput<typeof eventSchema>[] {
  const events = v.parse(v.array(eventSchema), JSON.parse(text))
  const open = new Map<string, { name: string; ts: number }>()
  for (const event of events) {
    if (event.ph !== 'b' && event.ph !== 'e') continue
    // A span is known by its category and id; both ends have the same name.
    const key = `${event.cat} ${event.id}`
    const begun = open.get(key)
    if (event.ph === 'b') {
      if (begun !== undefined) throw new Error(`${key} begins twice`)
      open.set(key, event)
    } else {
      if (begun?.name !== event.name) throw new Error(`${event.name} ends what is ${begun?.name}`)
      if (begun.ts > event.ts) throw new Error(`${event.name} ends before it begins`)
      open.delete(key)
    }
  }
  return events
}

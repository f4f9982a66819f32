/** One event of a trace, in the words of the Trace Event Format ("Trace Event Format", Chromium, 2016). */
export interface TraceEvent {
  name: string
  cat: string
  /** b and e begin and end a span that may overlap others, i is a moment, C a counter, M names something. */
  ph: 'b' | 'e' | 'i' | 'C' | 'M'
  /** Microseconds. */
  ts: number
  pid: number
  tid: number
  /** Ties the end of a span to its beginning. */
  id?: string
  /** Of a moment: it is drawn through its thread, or through all of the process. */
  s?: 't' | 'p'
  args?: Record<string, unknown>
}

const PROCESS_ID = 1

export interface Moment {
  timeMs: number
  /** The row: 0 is the run, n + 1 is connection n. */
  row: number
}

interface OpenSpan extends Moment {
  name: string
  category: string
  id: string
}

/**
 * Writes trace events as text that is valid after each piece: the closing bracket may be missing from the array of a
 * trace, so a process that was killed leaves a trace that opens.
 */
export class TraceEvents {
  readonly #startMs: number
  readonly #open = new Map<string, OpenSpan>()
  #spans = 0
  #isFirst = true

  constructor(startMs: number) {
    this.#startMs = startMs
  }

  moment(name: string, at: Moment, args?: Record<string, unknown>, scope: 't' | 'p' = 't'): string {
    return this.#write({ name, cat: 'event', ph: 'i', ...this.#place(at), s: scope, args })
  }

  /** What was not measured is left out: no value is not 0. */
  counter(name: string, at: Moment, values: Record<string, number | null>): string {
    const args = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
    if (Object.keys(args).length === 0) return ''
    return this.#write({ name, cat: 'stats', ph: 'C', ...this.#place(at), args })
  }

  /** What a row is called. */
  label(row: number, name: string): string {
    const what = row === 0 ? 'process_name' : 'thread_name'
    return this.#write({ name: what, cat: '', ph: 'M', ts: 0, pid: PROCESS_ID, tid: row, args: { name } })
  }

  /** Begins a span, known by its row and its key, unless it is open already. */
  begin(key: string, name: string, category: string, at: Moment, args?: Record<string, unknown>): string {
    const known = `${at.row} ${key}`
    if (this.#open.has(known)) return ''
    const span = { ...at, name, category, id: `${this.#spans++}` }
    this.#open.set(known, span)
    return this.#write({ name, cat: category, ph: 'b', ...this.#place(at), id: span.id, args })
  }

  /** Ends a span, if it is open. */
  end(key: string, at: Moment, args?: Record<string, unknown>): string {
    const known = `${at.row} ${key}`
    const span = this.#open.get(known)
    if (span === undefined) return ''
    this.#open.delete(known)
    return this.#write({
      name: span.name,
      cat: span.category,
      ph: 'e',
      ...this.#place(at),
      id: span.id,
      args,
    })
  }

  /** Ends what is still open, and the document. */
  finish(timeMs: number): string {
    const ends = Array.from(this.#open.keys(), (known) => {
      const [row = '', key = ''] = known.split(/ (.*)/s)
      return this.end(key, { timeMs, row: Number(row) }, { unfinished: true })
    })
    return `${ends.join('')}${this.#isFirst ? '[' : ''}\n]\n`
  }

  #place({ timeMs, row }: Moment) {
    const ts = Math.max(0, Math.round((timeMs - this.#startMs) * 1000))
    return { ts, pid: PROCESS_ID, tid: row }
  }

  #write(event: TraceEvent): string {
    const separator = this.#isFirst ? '[\n' : ',\n'
    this.#isFirst = false
    return `${separator}${JSON.stringify(event)}`
  }
}

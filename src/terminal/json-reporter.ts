import type { OutputStream } from './color.js'
import { flushStreams } from './flush-streams.js'
import { printableJson, wellFormed } from './printable.js'
import type { Reporter } from './reporter.js'

/** Version of the line format; within it fields are only added. */
const LINE_VERSION = 1

/** Reports every event as one line of JSON with the version and the time in UTC, and nothing else. */
export function openJsonReporter(
  output: OutputStream,
  { now = () => new Date() }: { now?: () => Date } = {},
): Reporter {
  return {
    report(event) {
      if (!output.writable) return
      const line = JSON.stringify({ v: LINE_VERSION, ts: now().toISOString(), ...event }, wellFormedStrings)
      output.write(`${printableJson(line)}\n`)
    },
    flush: (options) => flushStreams([output], options),
    [Symbol.dispose]() {
      // Nothing moves and nothing is held open; the streams are the process's own.
    },
  }
}

function wellFormedStrings(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? wellFormed(value) : value
}

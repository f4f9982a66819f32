import { printable } from './printable.js'

/** Deeper chains repeat themselves. */
const MAX_CAUSES = 8

/** Why an error happened, one cause a line, outermost first; the error itself is not among them. */
export function formatCauseChain(error: unknown): string[] {
  const lines: string[] = []
  let cause = causeOf(error)
  while (cause !== undefined && lines.length < MAX_CAUSES) {
    lines.push(printable(`caused by ${describe(cause)}`))
    cause = causeOf(cause)
  }
  return lines
}

/** Where an error was thrown, for a defect report. */
export function formatStack(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return []
  return error.stack.split('\n').map((line) => printable(line))
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // An AggregateError of failed connection attempts has no message of its own.
  const message =
    error.message === '' && error instanceof AggregateError
      ? error.errors.map((inner) => describe(inner)).join('; ')
      : error.message
  return message === '' ? error.name : `${error.name}: ${message}`
}

import type { RunReport } from './junit.js'
import type { ExpectationResult } from './recorder.js'

/** The results as a TAP 14 document (testanything.org): one test point for each expectation. */
export function formatTap(
  results: readonly ExpectationResult[],
  { failure }: Pick<RunReport, 'failure'>,
): string {
  const points = results.flatMap(({ expression, ok, value, reason }, index) => [
    `${ok ? 'ok' : 'not ok'} ${index + 1} - ${escapeTap(expression)}`,
    ...diagnostics({ ...(reason === null ? {} : { message: reason }), ...(value === null ? {} : { value }) }),
  ])
  const plan = results.length === 0 ? '1..0 # SKIP no --expect was given' : `1..${results.length}`
  const bail = failure === null ? [] : [`# the run failed: ${oneLine(failure)}`]
  return ['TAP version 14', plan, ...points, ...bail, ''].join('\n')
}

/** A YAML block; a JSON string is a YAML scalar. */
function diagnostics(fields: Readonly<Record<string, string>>): string[] {
  const lines = Object.entries(fields).map(([name, text]) => `  ${name}: ${JSON.stringify(text)}`)
  return lines.length === 0 ? [] : ['  ---', ...lines, '  ...']
}

/** `#` begins a directive and a backslash an escape. */
function escapeTap(text: string): string {
  return oneLine(text).replaceAll(/[\\#]/g, String.raw`\$&`)
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
}

import type { PeerEventOf } from '../events.js'
import type { OutputLine } from './output-line.js'
import { printable } from './printable.js'

/** One expectation and what was measured: `ok    rtt.p95 < 80ms   (0.6 ms)`. */
export function expectLines({ expression, ok, value, reason }: PeerEventOf<'expect'>): OutputLine[] {
  const lead = ok ? { text: 'ok', color: 'green' as const } : { text: 'FAIL', color: 'red' as const }
  const measured = value ?? reason
  const detail = measured === null ? '' : `   (${printable(measured)})`
  return [{ to: 'result', lead, text: `${ok ? '    ' : '  '}${printable(expression)}${detail}` }]
}

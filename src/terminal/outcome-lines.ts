import type { PeerEventOf } from '../events.js'
import { formatCauseChain, formatStack } from './cause-chain.js'
import { formatDuration } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'

/** What could become a problem, and what to do about it. */
export function warningLines({ message, hint }: PeerEventOf<'warning'>): OutputLine[] {
  return [
    { to: 'talk', lead: { text: 'warning:', color: 'yellow' }, text: ` ${printable(message)}` },
    ...(hint === null ? [] : plainLines('talk', `  ${printable(hint)}`)),
  ]
}

/** What failed and what to try; the causes, and for a defect of ours the stack, with `--verbose`. */
export function errorLines(event: PeerEventOf<'error'>, cause: unknown): OutputLine[] {
  const { code, message, hint } = event
  const details = [...formatCauseChain(cause), ...(code === 'INTERNAL' ? formatStack(innermost(cause)) : [])]
  return [
    { to: 'error', lead: { text: 'webrtc-cli:', color: 'red' }, text: ` ${printable(message)}` },
    ...(hint === null ? [] : plainLines('error', ...hintLines(hint).map((line) => `  ${printable(line)}`))),
    ...plainLines('detail', `  code ${printable(code)}`, ...details.map((line) => `  ${line}`)),
  ]
}

/** How the run ended. */
export function exitLines({ code, reason, durationMs }: PeerEventOf<'exit'>): OutputLine[] {
  return plainLines('detail', `exit ${code}: ${printable(reason)}, after ${formatDuration(durationMs)}`)
}

/** A caret under a place in the line above is the only hint of two lines: foreign text must not add one. */
function hintLines(hint: string): string[] {
  return /^[ -~]*\n *\^$/.test(hint) ? hint.split('\n') : [hint]
}

function innermost(error: unknown): unknown {
  let inner = error
  for (let depth = 0; depth < 8 && inner instanceof Error && inner.cause !== undefined; depth += 1) {
    inner = inner.cause
  }
  return inner
}

import type { PeerEventOf } from '../events.js'
import { formatCount, formatDuration } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'
import { formatExplanation } from './sdp-explanation.js'

/** What a description says, section by section. */
export function sdpLines({ file, type, explanation }: PeerEventOf<'sdp'>): OutputLine[] {
  const title = `${fileName(file)}: ${type ?? 'session description'}, ${formatCount(explanation.media.length, 'm-section')}`
  return plainLines('result', title, ...formatExplanation(explanation))
}

/** Of a dump one line to choose by; of this run the whole text. */
export function descriptionLines(event: PeerEventOf<'description'>): OutputLine[] {
  const { file, number, connection, side, type, sdp, elapsedMs } = event
  const sections = (sdp.match(/^m=/gm) ?? []).length
  const what = `${side} ${type} of connection ${printable(connection)}, ${formatCount(sections, 'm-section')}, after ${formatDuration(elapsedMs)}`
  if (file !== null) return plainLines('result', `${fileName(file)}#${number}: ${what}`)
  const lines = sdp.trimEnd().split(/\r?\n/)
  return plainLines('result', what, ...lines.map((line) => `  ${printable(line)}`))
}

/** `offer.sdp:12: error: message (RFC 8866 §5.14, media-line)`, as compilers write it. */
export function sdpFindingLines(event: PeerEventOf<'sdp-finding'>): OutputLine[] {
  const { file, line, severity, message, reference, rule } = event
  const color = severity === 'error' ? 'red' : 'yellow'
  const text = ` ${printable(message)} (${printable(reference)}, ${printable(rule)})`
  return [{ to: 'result', lead: { text: `${fileName(file)}:${line}: ${severity}:`, color }, text }]
}

/** `mid 1: direction changed: sendrecv -> inactive`. */
export function sdpDifferenceLines(event: PeerEventOf<'sdp-difference'>): OutputLine[] {
  const { mid, subject, change, before, after } = event
  const where = mid === null ? 'session' : `mid ${mid}`
  const values = before === null ? (after ?? '') : after === null ? before : `${before} -> ${after}`
  const color = change === 'added' ? 'green' : change === 'removed' ? 'red' : 'yellow'
  return [
    {
      to: 'result',
      lead: { text: printable(`${where}: ${subject} ${change}:`), color },
      text: ` ${printable(values)}`,
    },
  ]
}

function fileName(file: string): string {
  return file === '-' ? 'stdin' : printable(file)
}

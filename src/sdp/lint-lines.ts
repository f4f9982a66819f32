import { quote } from './quote.js'
import type { SdpDocument, SdpLine, SdpSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'

/** RFC 8866 §5, in the order of the grammar; `e` and `p` may mix, `r` belongs to its `t`. */
const SESSION_ORDER = 'vosiuepcbtrzka'
const MEDIA_ORDER = 'micbka'
const REPEATABLE = 'epbtram'
const KINDS = new Set(`${SESSION_ORDER}m`)

/** The form of each line, and their order and number. */
export function lintLines(sdp: LintedSdp, report: ReportFinding): void {
  lintEndings(sdp, report)
  for (const line of sdp.lines) lintForm(line, report)
  lintOrder(sdp.session, SESSION_ORDER, report)
  for (const section of sdp.media) lintOrder(section, MEDIA_ORDER, report)
}

function lintEndings({ lines, bareLineFeed, endsInLineFeed }: SdpDocument, report: ReportFinding): void {
  if (bareLineFeed !== null) {
    report('line-ending', bareLineFeed, 'The line ends in LF alone; every line has to end in CRLF.')
  }
  if (!endsInLineFeed) {
    const message = 'The last line has no line ending; some stacks ignore such a line without a word.'
    report('last-line-ending', lines.length, message)
  }
}

function lintForm({ kind, value, number }: SdpLine, report: ReportFinding): void {
  if (kind === '') {
    report('line-form', number, `Expected one small letter, "=" and a value, got ${quote(value)}.`)
  } else if (!KINDS.has(kind)) {
    report('line-kind', number, `No line of a description starts with "${kind}=".`)
  } else if (/^[ \t]/.test(value) || value.includes('\r')) {
    report('line-form', number, `No space may follow "${kind}=", and no CR may stand inside a line.`)
  }
}

function lintOrder({ lines }: SdpSection, order: string, report: ReportFinding): void {
  const seen = new Set<string>()
  let reached = 0
  for (const { kind, number } of lines) {
    if (kind === '' || !KINDS.has(kind)) continue
    const position = rank(kind, order)
    if (position === -1) {
      report('line-order', number, `"${kind}=" belongs to the session, before the first "m=".`)
    } else if (position < reached) {
      const later = order.charAt(reached)
      report('line-order', number, `"${kind}=" has to come before "${later}=".`)
    }
    if (seen.has(kind) && !REPEATABLE.includes(kind)) {
      report('line-repeated', number, `"${kind}=" may be there once only.`)
    }
    seen.add(kind)
    reached = Math.max(reached, position)
  }
}

function rank(kind: string, order: string): number {
  if (kind === 'p' && order === SESSION_ORDER) return order.indexOf('e')
  // Each t= may have r= lines of its own.
  return order.indexOf(kind === 'r' ? 't' : kind)
}

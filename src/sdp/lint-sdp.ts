import { lintBundle } from './lint-bundle.js'
import { lintDtls } from './lint-dtls.js'
import { lintHeaderExtensions } from './lint-header-extensions.js'
import { lintIce } from './lint-ice.js'
import { lintLines } from './lint-lines.js'
import { lintPayloads } from './lint-payloads.js'
import { lintSctp } from './lint-sctp.js'
import { lintStreams } from './lint-streams.js'
import { lintValues } from './lint-values.js'
import { readSdpDocument, type SdpType } from './sdp-document.js'
import type { LintedSdp, ReportFinding, SdpFinding } from './sdp-finding.js'
import { SDP_RULES, type SdpRule } from './sdp-rules.js'

/** Nobody reads more of one kind, and a broken megabyte would have as many as lines. */
const MAX_FINDINGS_PER_RULE = 100

const CHECKS: readonly ((sdp: LintedSdp, report: ReportFinding) => void)[] = [
  lintLines,
  lintValues,
  lintBundle,
  lintIce,
  lintDtls,
  lintPayloads,
  lintHeaderExtensions,
  lintStreams,
  lintSctp,
]

/** Everything in a description that breaks a rule, in the order of its lines. Never throws. */
export function lintSdp(sdp: string, { type = null }: { type?: SdpType | null } = {}): SdpFinding[] {
  const linted: LintedSdp = { ...readSdpDocument(sdp), type }
  const byRule = new Map<SdpRule, SdpFinding[]>()
  const report: ReportFinding = (rule, line, message, severity) => {
    const [ownSeverity, reference] = SDP_RULES[rule]
    const findings = byRule.get(rule) ?? []
    byRule.set(rule, findings)
    if (findings.length >= MAX_FINDINGS_PER_RULE) return
    findings.push({ rule, severity: severity ?? ownSeverity, line, message, reference })
  }
  for (const check of CHECKS) check(linted, report)
  return Array.from(byRule.values())
    .flat()
    .toSorted((a, b) => a.line - b.line)
}

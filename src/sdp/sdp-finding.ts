import type { SdpDocument, SdpType } from './sdp-document.js'
import type { SdpRule, SdpSeverity } from './sdp-rules.js'

/** One breach of one rule. */
export interface SdpFinding {
  rule: SdpRule
  severity: SdpSeverity
  /** From 1; for what is missing, the line of the section it is missing in. */
  line: number
  message: string
  reference: string
}

/** How a check says what it found; severity is the rule's own unless told. */
export type ReportFinding = (rule: SdpRule, line: number, message: string, severity?: SdpSeverity) => void

/** What a check looks at. */
export interface LintedSdp extends SdpDocument {
  /** null where nobody said whether it is an offer or an answer. */
  type: SdpType | null
}

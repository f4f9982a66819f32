const SDP_CHANGES = ['added', 'removed', 'changed', 'reordered'] as const

export interface SdpDifference {
  /** Of the m-section, or null where it is about the whole session. */
  mid: string | null
  /** What is different: `direction`, `codec VP8/90000`, `candidate`, ... */
  subject: string
  change: (typeof SDP_CHANGES)[number]
  before: string | null
  after: string | null
}

/** How two pieces of a description say in which way they differ. */
export type ReportDifference = (difference: Omit<SdpDifference, 'mid'>) => void

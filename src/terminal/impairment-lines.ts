import type { PeerEventOf } from '../events.js'
import { formatPercent } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'

/** What an impaired link did, each direction. */
export function impairmentLines({ outgoing, incoming }: PeerEventOf<'impairment'>): OutputLine[] {
  return plainLines('talk', `impaired link: out ${countsText(outgoing)}; in ${countsText(incoming)}`)
}

function countsText({
  packets,
  lost,
  queueDropped,
  reordered,
}: PeerEventOf<'impairment'>['outgoing']): string {
  return `${packets} packets, ${lost} lost (${formatPercent(packets > 0 ? lost / packets : null)}), ${queueDropped} dropped by the queue, ${reordered} reordered`
}

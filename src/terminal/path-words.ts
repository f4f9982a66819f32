import type { CandidatePairSummary, CandidateSummary } from '../events.js'
import { printable } from './printable.js'

/** Why the path is what it is, from the types of its candidates: who relays it, or how the two reach each other. */
export function describePath({ local, remote }: CandidatePairSummary): string {
  if (local.type === 'relay' && remote.type === 'relay')
    return `both sides are relayed, here by ${serverOf(local)}`
  if (local.type === 'relay') return `this side is relayed by ${serverOf(local)}`
  if (remote.type === 'relay') return `the peer is relayed by ${serverOf(remote)}`
  const sides = [sideWords('this side', local), sideWords('the peer', remote)].filter((words) => words !== '')
  return sides.length === 0 ? 'both sides are reached at their own addresses' : sides.join(', ')
}

function sideWords(side: string, { type, url }: CandidateSummary): string {
  switch (type) {
    case 'srflx':
      return url === null ? `${side} is behind a NAT` : `${side} is behind a NAT, as ${printable(url)} saw`
    case 'prflx':
      return `${side} was found at an address it did not name`
    case 'host':
    case 'relay':
      return ''
    default:
      return type satisfies never
  }
}

/** The peer does not say which server it uses. */
function serverOf({ url, relayProtocol }: CandidateSummary): string {
  const server = url === null ? 'a TURN server' : printable(url)
  return relayProtocol === null || url?.includes('transport=') === true
    ? server
    : `${server} over ${printable(relayProtocol)}`
}

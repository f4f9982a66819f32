import type { CandidatePairSummary } from '../events.js'
import { formatCount } from '../terminal/format.js'
import type { PairFact } from './pair-facts.js'
import type { ReportFacts } from './report-facts.js'

/** What became of the run, as far as its verb is concerned. */
export interface ReportOutcome {
  exitCode: number
  /** Why it failed, in a sentence; null where it did not. */
  failure: string | null
}

/** How a fact is to be taken; the page says it in words and in a shape, not in colour alone. */
export type Tone = 'good' | 'attention' | 'bad'

export interface Verdict {
  tone: Tone
  /** What the path is, in one line. */
  headline: string
  /** Why it is so, and what else there is to know: a sentence each. */
  reasons: string[]
}

/** What there is to say first of a run: whether there was a path, which one and why, and whether it was as expected. */
export function judgeRun(facts: ReportFacts, { exitCode, failure }: ReportOutcome): Verdict {
  const { path } = facts
  const reasons = [
    ...(path === null ? [] : explainPath(path, facts)),
    ...(failure === null ? [] : [failure]),
    ...judgeExpectations(facts),
  ]
  const isAsExpected = exitCode === 0 && failure === null
  if (path === null) {
    const headline =
      facts.peerName === null && facts.setUp.startMs === null ? 'No peer came' : 'No connection'
    return { tone: 'bad', headline, reasons }
  }
  const how = path.relayed ? 'Connected through a TURN relay' : 'Connected directly'
  if (!isAsExpected) {
    return {
      tone: 'bad',
      headline: `${how}, ${failure === null ? 'not as expected' : 'then failed'}`,
      reasons,
    }
  }
  const headline = how
  return { tone: facts.warnings.items.length > 0 ? 'attention' : 'good', headline, reasons }
}

function explainPath(path: CandidatePairSummary, facts: ReportFacts): string[] {
  if (!path.relayed) return [explainDirect(path)]
  const why = explainRelay(path, facts)
  const { relayProtocol } = path.local.type === 'relay' ? path.local : path.remote
  const how = relayProtocol === null ? '' : ` It is reached over ${relayProtocol.toUpperCase()}.`
  return [`${why}${how}`]
}

function explainDirect({ local, remote, protocol }: CandidatePairSummary): string {
  const over = protocol === null ? '' : ` over ${protocol.toUpperCase()}`
  if (local.type === 'host' && remote.type === 'host') {
    return `Both ends use an address of their own${over}: they are on one machine or network, or nothing translates between them.`
  }
  const translated = [local.type !== 'host' ? 'this side' : '', remote.type !== 'host' ? 'the peer' : '']
  const who = translated.filter((side) => side !== '').join(' and ')
  return `ICE found a way through the address translation (NAT) of ${who}${over}.`
}

function explainRelay(
  { local, remote }: CandidatePairSummary,
  { configuration, pairs }: ReportFacts,
): string {
  if (readPolicy(configuration) === 'relay') {
    return 'Only relays were allowed: --ice-transport-policy relay.'
  }
  const sides = [local.type === 'relay' ? 'this side' : '', remote.type === 'relay' ? 'the peer' : '']
  const who = sides.filter((side) => side !== '').join(' and ')
  const direct = pairs.filter((pair) => !isRelayed(pair))
  if (direct.length === 0) return `The relay is that of ${who}: there was no pair of candidates without one.`
  const tried = direct.filter(({ requestsSent }) => (requestsSent ?? 0) > 0)
  const answered = tried.filter(({ responsesReceived }) => (responsesReceived ?? 0) > 0)
  if (answered.length > 0) {
    return `The relay is that of ${who}, although ${formatCount(answered.length, 'direct pair')} answered; ICE kept to the one it had nominated.`
  }
  return `The relay is that of ${who}: none of ${formatCount(direct.length, 'direct pair')} got an answer to its checks. A firewall or a symmetric NAT is in the way.`
}

function isRelayed({ local, remote }: PairFact): boolean {
  return local.type === 'relay' || remote.type === 'relay'
}

function readPolicy(configuration: unknown): unknown {
  return typeof configuration === 'object' && configuration !== null && 'iceTransportPolicy' in configuration
    ? configuration.iceTransportPolicy
    : undefined
}

function judgeExpectations({ expectations }: ReportFacts): string[] {
  const { items } = expectations
  if (items.length === 0) return []
  const failed = items.filter(({ ok }) => !ok)
  if (failed.length === 0) {
    return [
      items.length === 1 ? 'The expectation holds.' : `${items.length} of ${items.length} expectations hold.`,
    ]
  }
  return [
    `${failed.length} of ${formatCount(items.length, 'expectation')} ${failed.length === 1 ? 'does' : 'do'} not hold.`,
  ]
}

import { compareCodecs } from './compare-codecs.js'
import { explainSdp } from './explain-sdp.js'
import type { SdpCandidate, SdpExplanation, SdpMedia } from './explanation.js'
import { isReordered, matchUp } from './match-up.js'
import type { ReportDifference, SdpDifference } from './sdp-difference.js'

/**
 * What two descriptions mean differently, whatever their text; ids and versions of the session, ports of transports
 * and synchronisation sources are new in every description and left out. Never throws.
 */
export function compareSdp(before: string, after: string): SdpDifference[] {
  const [first, second] = [explainSdp(before), explainSdp(after)]
  const differences: SdpDifference[] = []
  compareSessions(first, second, (difference) => differences.push({ mid: null, ...difference }))
  const { pairs, removed, added } = matchUp(first.media, second.media, [
    (media) => JSON.stringify(media),
    (media) => `mid ${media.mid ?? ''} ${media.mid === null ? media.index : ''} ${media.kind}`,
    (media) => `mid ${media.mid ?? ''} ${media.mid === null ? media.index : ''}`,
  ])
  for (const media of removed) differences.push(section(media, 'removed'))
  for (const media of added) differences.push(section(media, 'added'))
  if (isReordered(pairs, second.media)) {
    const order = ({ media }: SdpExplanation) => media.map(({ mid, index }) => mid ?? `#${index}`).join(' ')
    differences.push({
      mid: null,
      subject: 'm-sections',
      change: 'reordered',
      before: order(first),
      after: order(second),
    })
  }
  for (const [old, current] of pairs) {
    compareMedia(old, current, (difference) => differences.push({ mid: current.mid, ...difference }))
  }
  return differences
}

function section(media: SdpMedia, change: 'added' | 'removed'): SdpDifference {
  const text = `${media.kind} ${media.protocol}`
  return {
    mid: media.mid,
    subject: 'm-section',
    change,
    before: change === 'removed' ? text : null,
    after: change === 'added' ? text : null,
  }
}

function compareSessions(before: SdpExplanation, after: SdpExplanation, report: ReportDifference): void {
  const facts = (session: SdpExplanation): Facts => ({
    group: session.groups.map(({ semantics, mids }) => `${semantics} ${mids.join(' ')}`),
    'ice-lite': yes(session.iceLite),
    'ice-options': session.iceOptions,
    'extmap-allow-mixed': yes(session.extmapAllowMixed),
  })
  compareFacts(facts(before), facts(after), report)
}

function compareMedia(before: SdpMedia, after: SdpMedia, report: ReportDifference): void {
  compareFacts(mediaFacts(before), mediaFacts(after), report)
  compareRestart(before, after, report)
  compareCodecs(before.codecs, after.codecs, report)
  compareLists(
    'candidate',
    before.ice.candidates.map(candidateText),
    after.ice.candidates.map(candidateText),
    report,
  )
  compareLists('header extension', extensionTexts(before), extensionTexts(after), report)
  compareLists('rid', ridTexts(before), ridTexts(after), report)
}

function mediaFacts(media: SdpMedia): Facts {
  return {
    kind: media.kind,
    protocol: media.protocol,
    rejected: yes(media.rejected),
    'bundle-only': yes(media.bundleOnly),
    direction: media.direction,
    bandwidth: media.bandwidth.map(({ type, value }) => `${type}:${value}`),
    setup: media.dtls.setup,
    fingerprint: media.dtls.fingerprints.map(({ algorithm, value }) => `${algorithm} ${value.toUpperCase()}`),
    'ice-options': media.ice.options,
    'rtcp-mux': yes(media.rtcpMux),
    'rtcp-rsize': yes(media.rtcpReducedSize),
    msid: media.msids.map(({ stream, track }) => (track === null ? stream : `${stream} ${track}`)),
    simulcast: media.simulcast === null ? null : JSON.stringify(media.simulcast),
    'sctp-port': numberText(media.sctpPort),
    'max-message-size': numberText(media.maxMessageSize),
  }
}

/** A new ufrag restarts ICE (RFC 8839 §4.4.1.1.1). */
function compareRestart({ ice: before }: SdpMedia, { ice: after }: SdpMedia, report: ReportDifference): void {
  if (before.ufrag === after.ufrag) return
  const subject = before.ufrag === null || after.ufrag === null ? 'ice-ufrag' : 'ICE restart (ice-ufrag)'
  report({ subject, ...change(before.ufrag, after.ufrag) })
}

type Facts = Record<string, string | null | readonly string[]>

function compareFacts(before: Facts, after: Facts, report: ReportDifference): void {
  for (const [subject, given] of Object.entries(before)) {
    const [old, current] = [factText(given), factText(after[subject] ?? null)]
    if (old !== current) report({ subject, ...change(old, current) })
  }
}

function change(before: string | null, after: string | null): Omit<SdpDifference, 'mid' | 'subject'> {
  return { change: before === null ? 'added' : after === null ? 'removed' : 'changed', before, after }
}

/** Each as often as it is there. */
function compareLists(
  subject: string,
  before: readonly string[],
  after: readonly string[],
  report: ReportDifference,
): void {
  const items = (texts: readonly string[]) => texts.map((text) => ({ text }))
  const { removed, added } = matchUp(items(before), items(after), [({ text }) => text])
  for (const { text } of removed) report({ subject, ...change(text, null) })
  for (const { text } of added) report({ subject, ...change(null, text) })
}

function candidateText(candidate: SdpCandidate): string {
  const { type, protocol, address, port, relatedAddress, relatedPort, tcpType } = candidate
  const related = relatedAddress === null ? '' : ` from ${relatedAddress} ${relatedPort}`
  return `${type} ${protocol}${tcpType === null ? '' : ` ${tcpType}`} ${address} ${port}${related}`
}

function extensionTexts({ headerExtensions }: SdpMedia): string[] {
  return headerExtensions.map(
    ({ id, name, direction }) => `${id} ${name}${direction === null ? '' : ` ${direction}`}`,
  )
}

function ridTexts({ rids }: SdpMedia): string[] {
  return rids.map(({ id, direction, parameters }) =>
    [id, direction, ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`)].join(' '),
  )
}

function factText(given: string | null | readonly string[]): string | null {
  if (given === null || typeof given === 'string') return given
  return given.length === 0 ? null : given.join(', ')
}

function yes(value: boolean): string | null {
  return value ? 'yes' : null
}

function numberText(value: number | null): string | null {
  return value === null ? null : String(value)
}

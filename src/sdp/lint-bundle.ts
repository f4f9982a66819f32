import { quote } from './quote.js'
import { attributesNamed, type SdpBundleGroup, type SdpMediaSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'

/** mids, groups, and what bundled sections have to agree on. */
export function lintBundle(sdp: LintedSdp, report: ReportFinding): void {
  const byMid = lintMids(sdp, report)
  lintGroups(sdp, byMid, report)
  for (const group of sdp.bundleGroups) lintGroup(group, byMid, sdp, report)
  lintBundleOnly(sdp, report)
}

type SectionsByMid = ReadonlyMap<string, SdpMediaSection>

function lintMids({ media, bundleGroups }: LintedSdp, report: ReportFinding): SectionsByMid {
  const byMid = new Map<string, SdpMediaSection>()
  for (const section of media) {
    const { mid, line } = section
    if (mid === null) {
      const message = 'The m-section has no "a=mid"; groups and candidates cannot name it.'
      if (bundleGroups.length > 0) report('mid-missing', line, message)
      continue
    }
    const first = byMid.get(mid)
    if (first === undefined) byMid.set(mid, section)
    else {
      const ownLine = attributesNamed(section, 'mid')[0]?.line ?? line
      report(
        'mid-repeated',
        ownLine,
        `The mid ${quote(mid)} is that of the m-section in line ${first.line} too.`,
      )
    }
  }
  return byMid
}

function lintGroups({ session }: LintedSdp, byMid: SectionsByMid, report: ReportFinding): void {
  const bundled = new Set<string>()
  for (const { value, line } of attributesNamed(session, 'group')) {
    const [semantics, ...mids] = (value ?? '').split(' ').filter((word) => word !== '')
    for (const mid of mids) {
      if (!byMid.has(mid)) report('group-unknown-mid', line, `No m-section has the mid ${quote(mid)}.`)
      if (semantics !== 'BUNDLE') continue
      if (bundled.has(mid)) report('group-mid-repeated', line, `The mid ${quote(mid)} is bundled twice.`)
      bundled.add(mid)
    }
  }
}

function lintGroup(group: SdpBundleGroup, byMid: SectionsByMid, sdp: LintedSdp, report: ReportFinding): void {
  const sections = Array.from(new Set(group.mids)).flatMap((mid) => byMid.get(mid) ?? [])
  for (const section of sections) {
    if (section.port !== 0 || section.attributes.has('bundle-only')) continue
    const message =
      sdp.type === 'answer'
        ? `The m-section is rejected (port 0) and still in the BUNDLE group of line ${group.line}.`
        : 'A bundled m-section with port 0 needs "a=bundle-only", or it is rejected.'
    report('bundle-port-zero', section.line, message)
  }
  lintSameCredentials(sections, sdp, report)
  lintSameFingerprint(sections, report)
}

/** An offer may have credentials of each section's own, for an answerer that does not bundle; nobody writes such. */
function lintSameCredentials(
  sections: readonly SdpMediaSection[],
  { type }: LintedSdp,
  report: ReportFinding,
): void {
  const seen = new Map<string, string>()
  for (const section of sections) {
    for (const name of ['ice-ufrag', 'ice-pwd']) {
      const [own] = attributesNamed(section, name)
      if (own?.value === null || own === undefined) continue
      const first = seen.get(name) ?? own.value
      seen.set(name, first)
      if (own.value === first) continue
      const message = `"a=${name}" differs from that of the first bundled m-section; they share one transport.`
      report('bundle-credentials', own.line, message, type === 'answer' ? 'error' : undefined)
    }
  }
}

function lintSameFingerprint(sections: readonly SdpMediaSection[], report: ReportFinding): void {
  const seen = new Map<string, string>()
  for (const section of sections) {
    const [own] = attributesNamed(section, 'fingerprint')
    const [algorithm = '', value = ''] = (own?.value ?? '').toLowerCase().split(' ')
    if (own === undefined || value === '') continue
    const first = seen.get(algorithm) ?? value
    seen.set(algorithm, first)
    if (value === first) continue
    const message =
      'The fingerprint differs from that of the first bundled m-section; they share one DTLS association.'
    report('bundle-fingerprint', own.line, message)
  }
}

function lintBundleOnly({ media, bundledMids }: LintedSdp, report: ReportFinding): void {
  for (const section of media) {
    const [bundleOnly] = attributesNamed(section, 'bundle-only')
    if (bundleOnly === undefined) continue
    if (section.mid === null || !bundledMids.has(section.mid)) {
      report(
        'bundle-port-zero',
        bundleOnly.line,
        '"a=bundle-only" in an m-section that no BUNDLE group names.',
      )
    } else if (section.port !== 0) {
      report('bundle-only-port', bundleOnly.line, `"a=bundle-only" goes with port 0, not ${section.port}.`)
    }
  }
}

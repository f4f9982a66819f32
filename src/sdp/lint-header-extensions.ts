import { headerExtensionName } from './header-extensions.js'
import { quote } from './quote.js'
import { attributesNamed, type SdpSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'

const EXTMAP = /^(\d{1,5})(?:\/(?:sendrecv|sendonly|recvonly|inactive))? (\S+)/

/** RFC 8285 §4.2: padding, and what ends a list of one-byte headers. */
const PADDING_ID = 0
const ONE_BYTE_END_ID = 15
const MAX_ID = 255
/** RFC 8285 §7: numbers of an offer that wants more than fit. */
const PROVISIONAL_IDS = { min: 4096, max: 4351 }

/** The ids of RTP header extensions. */
export function lintHeaderExtensions(
  { session, media, bundledMids }: LintedSdp,
  report: ReportFinding,
): void {
  const bundled = new Map<number, string>()
  const isMixed = ({ attributes }: SdpSection) => attributes.has('extmap-allow-mixed')
  lintSection(session, { mixed: isMixed(session), bundled: new Map() }, report)
  for (const section of media) {
    const isBundled = section.mid !== null && bundledMids.has(section.mid)
    const mixed = isMixed(session) || isMixed(section)
    lintSection(section, { mixed, bundled: isBundled ? bundled : new Map() }, report)
  }
}

function lintSection(
  section: SdpSection,
  { mixed, bundled }: { mixed: boolean; bundled: Map<number, string> },
  report: ReportFinding,
): void {
  const own = new Set<number>()
  for (const { value, line } of attributesNamed(section, 'extmap')) {
    const [matched, digits, uri = ''] = EXTMAP.exec(value ?? '') ?? []
    if (matched === undefined) {
      report('extmap-form', line, `Expected "a=extmap:ID URI", got ${quote(value ?? '')}.`)
      continue
    }
    const id = Number(digits)
    lintId(id, line, mixed, report)
    const meaning = matched.includes('hdrext:encrypt') ? (value ?? uri) : uri
    const first = bundled.get(id)
    if (own.has(id)) {
      report('extmap-repeated', line, `The id ${id} has a header extension already.`)
    } else if (first !== undefined && first !== meaning) {
      const names = `${headerExtensionName(uri)} here and ${headerExtensionName(first)} in another bundled m-section`
      report('extmap-conflict', line, `The id ${id} is ${names}.`)
    }
    own.add(id)
    if (first === undefined) bundled.set(id, meaning)
  }
}

function lintId(id: number, line: number, mixed: boolean, report: ReportFinding): void {
  const isProvisional = id >= PROVISIONAL_IDS.min && id <= PROVISIONAL_IDS.max
  if (id === PADDING_ID || (id > MAX_ID && !isProvisional)) {
    report('extmap-id', line, `The id of a header extension is 1 to ${MAX_ID}, not ${id}.`)
  } else if (id === ONE_BYTE_END_ID) {
    const message = 'The id 15 is reserved in one-byte headers.'
    report('extmap-id', line, message, mixed ? 'warning' : 'error')
  }
}

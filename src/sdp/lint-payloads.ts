import { parseParameters } from './parse-sdp.js'
import { quote } from './quote.js'
import { attributesNamed, isRtp, type SdpAttribute, type SdpMediaSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'
import { STATIC_CODECS } from './static-codecs.js'

const RTPMAP = /^(\d{1,3}) ([^\s/]+\/\d+(?:\/[^\s/]+)?)$/
const FMTP = /^(\d{1,3}) \S/
const FEEDBACK = /^(\*|\d{1,3}) \S/

interface Payloads {
  /** In the `m=` line. */
  listed: ReadonlySet<number>
  /** `name/rate` from `a=rtpmap`, lower case. */
  codecs: ReadonlyMap<number, string>
  parameters: ReadonlyMap<number, { text: string; line: number }>
}

/** Payload types: those of the `m=` line and what the other lines say about them. */
export function lintPayloads(sdp: LintedSdp, report: ReportFinding): void {
  const bundled = new Map<number, string>()
  for (const section of sdp.media.filter((media) => isRtp(media))) {
    const listed = lintListed(section, report)
    const codecs = lintMaps(section, listed, report)
    const parameters = lintFormats(section, listed, report)
    lintMissingMaps(section, codecs, report)
    lintFeedback(section, listed, report)
    lintRetransmission({ listed, codecs, parameters }, section, report)
    if (section.mid !== null && sdp.bundledMids.has(section.mid)) {
      lintConflicts(section, { listed, codecs, parameters }, bundled, report)
    }
    if (section.port !== 0 && !section.attributes.has('rtcp-mux')) {
      report(
        'rtcp-mux-missing',
        section.line,
        'Without "a=rtcp-mux" RTCP needs a port of its own; browsers refuse that.',
      )
    }
  }
}

function lintListed({ formats, line }: SdpMediaSection, report: ReportFinding): Set<number> {
  const listed = new Set<number>()
  for (const format of formats) {
    const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : Number.NaN
    if (!(payloadType <= 127)) {
      report('payload-type', line, `A payload type is 0 to 127, not ${quote(format)}.`)
    } else if (listed.has(payloadType)) {
      report('payload-type-repeated', line, `The payload type ${payloadType} is in the "m=" line twice.`)
    }
    listed.add(payloadType)
  }
  return listed
}

function lintMaps(
  section: SdpMediaSection,
  listed: ReadonlySet<number>,
  report: ReportFinding,
): Map<number, string> {
  const codecs = new Map<number, string>()
  for (const { value, line } of attributesNamed(section, 'rtpmap')) {
    const [matched, payload, codec = ''] = RTPMAP.exec(value ?? '') ?? []
    if (matched === undefined) {
      report('rtpmap-form', line, `Expected "a=rtpmap:TYPE NAME/RATE", got ${quote(value ?? '')}.`)
      continue
    }
    const payloadType = Number(payload)
    if (codecs.has(payloadType)) {
      report('rtpmap-repeated', line, `The payload type ${payloadType} has an "a=rtpmap" already.`)
      continue
    }
    codecs.set(payloadType, codec.toLowerCase())
    if (!listed.has(payloadType)) {
      report('rtpmap-unlisted', line, `The payload type ${payloadType} is not in the "m=" line.`)
    }
  }
  return codecs
}

function lintMissingMaps(
  { formats, line, attributes }: SdpMediaSection,
  codecs: ReadonlyMap<number, string>,
  report: ReportFinding,
): void {
  // One that is malformed is told of already.
  const mapped = new Set(
    (attributes.get('rtpmap') ?? []).map(({ value }) => Number.parseInt(value ?? '', 10)),
  )
  const missing = new Set(formats.filter((format) => /^\d{1,3}$/.test(format)).map(Number))
  for (const payloadType of missing) {
    const isKnown = STATIC_CODECS.has(payloadType) || codecs.has(payloadType) || mapped.has(payloadType)
    if (isKnown || payloadType > 127) continue
    report('rtpmap-missing', line, `No "a=rtpmap" says what the payload type ${payloadType} is.`)
  }
}

function lintFormats(
  section: SdpMediaSection,
  listed: ReadonlySet<number>,
  report: ReportFinding,
): Payloads['parameters'] {
  const parameters = new Map<number, { text: string; line: number }>()
  for (const { value, line } of attributesNamed(section, 'fmtp')) {
    const payload = FMTP.exec(value ?? '')?.[1]
    if (payload === undefined) {
      report('fmtp-form', line, `Expected "a=fmtp:TYPE PARAMETERS", got ${quote(value ?? '')}.`)
      continue
    }
    const payloadType = Number(payload)
    if (!listed.has(payloadType)) {
      report('fmtp-unlisted', line, `The payload type ${payloadType} is not in the "m=" line.`)
    }
    parameters.set(payloadType, { text: (value ?? '').slice(payload.length + 1), line })
  }
  return parameters
}

function lintFeedback(section: SdpMediaSection, listed: ReadonlySet<number>, report: ReportFinding): void {
  for (const { value, line } of attributesNamed(section, 'rtcp-fb')) {
    const payload = FEEDBACK.exec(value ?? '')?.[1]
    if (payload === undefined) {
      report('feedback-form', line, `Expected "a=rtcp-fb:TYPE FEEDBACK", got ${quote(value ?? '')}.`)
    } else if (payload !== '*' && !listed.has(Number(payload))) {
      report('feedback-unlisted', line, `The payload type ${payload} is not in the "m=" line.`)
    }
  }
}

function lintRetransmission(
  { listed, codecs, parameters }: Payloads,
  section: SdpMediaSection,
  report: ReportFinding,
): void {
  for (const [payloadType, codec] of codecs) {
    if (!codec.startsWith('rtx/') || !listed.has(payloadType)) continue
    const format = parameters.get(payloadType)
    const apt = format === undefined ? undefined : parseParameters(format.text)['apt']
    const line = format?.line ?? mapLine(section, payloadType)
    if (apt === undefined) {
      report('rtx-apt', line, `The rtx payload type ${payloadType} does not say what it retransmits ("apt").`)
    } else if (!/^\d+$/.test(apt) || !listed.has(Number(apt)) || Number(apt) === payloadType) {
      report(
        'rtx-apt',
        line,
        `The rtx payload type ${payloadType} retransmits ${quote(apt)}, which is not in the "m=" line.`,
      )
    }
  }
}

function mapLine(section: SdpMediaSection, payloadType: number): number {
  const isMap = ({ value }: SdpAttribute) => value?.startsWith(`${payloadType} `) ?? false
  return attributesNamed(section, 'rtpmap').find((map) => isMap(map))?.line ?? section.line
}

/** In one RTP session a payload type means one thing. */
function lintConflicts(
  section: SdpMediaSection,
  { listed, codecs }: Payloads,
  bundled: Map<number, string>,
  report: ReportFinding,
): void {
  for (const [payloadType, codec] of codecs) {
    if (!listed.has(payloadType)) continue
    const first = bundled.get(payloadType)
    if (first === undefined) bundled.set(payloadType, codec)
    else if (first !== codec) {
      const message = `The payload type ${payloadType} is ${quote(codec)} here and ${quote(first)} in another bundled m-section.`
      report('payload-type-conflict', mapLine(section, payloadType), message)
    }
  }
}

import { quote } from './quote.js'
import { attributesNamed, isSctp, type SdpMediaSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'
import { wholeNumber } from './whole-number.js'

/** RFC 8841 §6: what a peer takes that does not say. */
const DEFAULT_MAX_MESSAGE_BYTES = 65_536
const MAX_PORT = 65_535

/** Data channels. */
export function lintSctp({ media }: LintedSdp, report: ReportFinding): void {
  for (const section of media) {
    if (!isSctp(section) || (section.port === 0 && !section.attributes.has('bundle-only'))) continue
    lintPort(section, report)
    lintMaxMessageSize(section, report)
  }
}

function lintPort(section: SdpMediaSection, report: ReportFinding): void {
  const { line, formats, protocol } = section
  // Before RFC 8841: DTLS/SCTP with the port as format and "a=sctpmap".
  if (/^DTLS\/SCTP$/i.test(protocol)) return
  if (formats.join(' ') !== 'webrtc-datachannel') {
    report(
      'sctp-format',
      line,
      `The format of data channels is "webrtc-datachannel", not ${quote(formats.join(' '))}.`,
    )
  }
  const [port] = attributesNamed(section, 'sctp-port')
  if (port === undefined) {
    report('sctp-port-missing', line, 'The m-section has no "a=sctp-port"; 5000 is usual.')
    return
  }
  const number = wholeNumber(port.value ?? '')
  if (number === null || number < 1 || number > MAX_PORT) {
    report(
      'sctp-port',
      port.line,
      `"a=sctp-port" is 1 to ${MAX_PORT}, not ${quote(port.value ?? '')}; 0 closes the association.`,
    )
  }
}

function lintMaxMessageSize(section: SdpMediaSection, report: ReportFinding): void {
  const [attribute] = attributesNamed(section, 'max-message-size')
  if (attribute === undefined) {
    const message = `Without "a=max-message-size" messages may have ${DEFAULT_MAX_MESSAGE_BYTES} bytes at most.`
    report('max-message-size-missing', section.line, message)
    return
  }
  const bytes = wholeNumber(attribute.value ?? '')
  if (bytes === null) {
    report(
      'max-message-size',
      attribute.line,
      `"a=max-message-size" is a number of bytes, not ${quote(attribute.value ?? '')}.`,
    )
  } else if (bytes === 0) {
    report(
      'max-message-size-zero',
      attribute.line,
      '"a=max-message-size:0" promises to take messages of any size.',
    )
  }
}

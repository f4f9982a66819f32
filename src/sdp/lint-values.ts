import { isAddress } from './address.js'
import { quote } from './quote.js'
import type { SdpLine, SdpMediaSection, SdpSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'

const ORIGIN = /^\S+ \d+ \d+ IN (IP4|IP6) (\S+)$/
/** RFC 8866 §5.7; a multicast address may be followed by its TTL and count. */
const CONNECTION = /^IN (IP4|IP6) ([^\s/]+)(?:\/\d+){0,2}$/
const BANDWIDTH = /^[\w-]+:\d+$/
const TIMING = /^\d+ \d+$/
const MEDIA =
  /^[!#$%&'*+\-.^`{|}~\w]+ (\d+)(?:\/\d+)? [!#$%&'*+\-.^`{|}~\w]+(?:\/[!#$%&'*+\-.^`{|}~\w]+)*((?: \S+)+)$/
const ATTRIBUTE_NAME = /^[!#$%&'*+\-.^`{|}~\w]+$/

/** RFC 8829 §5.1.2: what a WebRTC endpoint offers. */
const PROTOCOLS = ['UDP/TLS/RTP/SAVPF', 'TCP/DTLS/RTP/SAVPF', 'UDP/DTLS/SCTP', 'TCP/DTLS/SCTP']

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive']

/** Attributes of which a section has one value. */
const SINGLE_ATTRIBUTES = [
  'mid',
  'ice-ufrag',
  'ice-pwd',
  'setup',
  'sctp-port',
  'max-message-size',
  'simulcast',
]

/** What stands behind each `x=`, RTP, ICE and DTLS attributes aside. */
export function lintValues(sdp: LintedSdp, report: ReportFinding): void {
  lintSessionLines(sdp, report)
  for (const line of sdp.lines) lintLine(line, report)
  for (const section of sdp.media) lintMediaLine(section, report)
  lintConnections(sdp, report)
  for (const section of [sdp.session, ...sdp.media]) lintRepeats(section, report)
}

function lintSessionLines({ lines, session }: LintedSdp, report: ReportFinding): void {
  const [first] = lines
  if (first?.kind !== 'v' || first.value !== '0') {
    report('version-line', 1, 'A description starts with "v=0".')
  }
  const find = (kind: string) => session.lines.find((line) => line.kind === kind)
  const name = find('s')
  if (name === undefined) report('session-name', 1, 'The session has no "s=" line.')
  else if (name.value === '')
    report('session-name', name.number, '"s=" must not be empty; "s=-" says nothing.')
  if (find('o') === undefined) report('origin-line', 1, 'The session has no "o=" line.')
  if (find('t') === undefined) report('timing-line', 1, 'The session has no "t=" line; "t=0 0" is usual.')
}

function lintLine({ kind, value, number }: SdpLine, report: ReportFinding): void {
  switch (kind) {
    case 'o':
      return lintOrigin(value, number, report)
    case 'c':
      return lintConnection(value, number, report)
    case 'b':
      if (!BANDWIDTH.test(value)) {
        report('bandwidth-line', number, `Expected a bandwidth such as "b=AS:500", got ${quote(value)}.`)
      }
      return
    case 't':
      if (!TIMING.test(value)) {
        report('timing-line', number, `Expected two numbers as in "t=0 0", got ${quote(value)}.`)
      }
      return
    case 'a': {
      const [name = ''] = value.split(':', 1)
      if (!ATTRIBUTE_NAME.test(name)) report('attribute-form', number, `${quote(name)} is no attribute name.`)
    }
  }
}

function lintOrigin(value: string, number: number, report: ReportFinding): void {
  const [, family = '', address = ''] = ORIGIN.exec(value) ?? []
  if (isAddress(address, family)) return
  const expected = 'Expected "o=USER ID VERSION IN IP4 ADDRESS"'
  report('origin-line', number, `${expected}, got ${quote(value)}.`)
}

function lintConnection(value: string, number: number, report: ReportFinding): void {
  const [, family = '', address = ''] = CONNECTION.exec(value) ?? []
  if (isAddress(address, family)) return
  report(
    'connection-line',
    number,
    `Expected "c=IN IP4 ADDRESS" or IP6 with its address, got ${quote(value)}.`,
  )
}

function lintMediaLine(section: SdpMediaSection, report: ReportFinding): void {
  const { line, lines, protocol } = section
  const value = lines[0]?.value ?? ''
  const match = MEDIA.exec(value)
  if (match === null || Number(match[1]) > 65_535) {
    const expected = 'Expected "m=KIND PORT PROTOCOL FORMAT...", with a port up to 65535'
    report('media-line', line, `${expected}, got ${quote(value)}.`)
  } else if (!PROTOCOLS.includes(protocol)) {
    report('media-protocol', line, `WebRTC says ${PROTOCOLS.join(', ')}, this is ${quote(protocol)}.`)
  }
}

function lintConnections({ session, media }: LintedSdp, report: ReportFinding): void {
  const hasConnection = ({ lines }: SdpSection) => lines.some(({ kind }) => kind === 'c')
  if (hasConnection(session)) return
  for (const section of media) {
    if (!hasConnection(section)) {
      report('connection-missing', section.line, 'Neither the session nor this m-section has a "c=" line.')
    }
  }
}

function lintRepeats({ attributes }: SdpSection, report: ReportFinding): void {
  for (const name of SINGLE_ATTRIBUTES) {
    for (const { line } of (attributes.get(name) ?? []).slice(1)) {
      report('attribute-repeated', line, `"a=${name}" may be in a section once only.`)
    }
  }
  const directions = DIRECTIONS.flatMap((name) => attributes.get(name) ?? [])
  const [first, ...more] = directions.toSorted((a, b) => a.line - b.line)
  for (const { name, line } of more) {
    report('direction-repeated', line, `"a=${name}" is a second direction after "a=${first?.name}".`)
  }
}

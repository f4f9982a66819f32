import type { PeerEventOf } from '../events.js'
import { alignColumns, wrapLabelled } from './columns.js'
import { formatAddress, formatBitrate, formatBytes } from './format.js'
import { printable } from './printable.js'

type Explanation = PeerEventOf<'sdp'>['explanation']
type Media = Explanation['media'][number]

const WIDTH = 100
const LABEL_WIDTH = 14

const SETUP_WORDS: Readonly<Record<string, string>> = {
  actpass: 'the answerer chooses who starts DTLS',
  active: 'this side starts DTLS',
  passive: 'this side waits for the other to start DTLS',
  holdconn: 'no DTLS for now',
}

const DIRECTION_WORDS: Readonly<Record<Media['direction'], string>> = {
  sendrecv: 'sends and receives',
  sendonly: 'sends only',
  recvonly: 'receives only',
  inactive: 'neither sends nor receives',
}

/** The explanation as lines; everything in it comes from outside and is made printable. */
export function formatExplanation(explanation: Explanation): string[] {
  return [...sessionLines(explanation), ...explanation.media.flatMap((media) => ['', ...mediaLines(media)])]
}

function sessionLines(explanation: Explanation): string[] {
  const { origin, groups, msidSemantic, iceLite, iceOptions, trickle, extmapAllowMixed, fingerprints } =
    explanation
  return [
    ...labelled(
      'origin',
      origin === null
        ? 'none'
        : `session ${origin.sessionId}, version ${origin.sessionVersion}, by ${origin.username} at ${origin.address}`,
    ),
    ...groups.flatMap(({ semantics, mids }) =>
      labelled(
        'group',
        semantics === 'BUNDLE'
          ? `BUNDLE: mids ${mids.join(', ')} share one transport`
          : `${semantics}: ${mids.join(', ')}`,
      ),
    ),
    ...(msidSemantic === null ? [] : labelled('msid-semantic', msidSemantic)),
    ...labelled(
      'ICE',
      [
        trickle ? 'candidates follow one by one (trickle)' : 'all candidates are in here (no trickle)',
        ...(iceLite ? ['ice-lite: answers checks and sends none'] : []),
        ...(iceOptions.length > 0 ? [`options ${iceOptions.join(' ')}`] : []),
      ].join(', '),
    ),
    ...fingerprints.map(fingerprintLine),
    ...(extmapAllowMixed ? labelled('extmap', 'one-byte and two-byte header extensions may mix') : []),
  ]
}

function mediaLines(media: Media): string[] {
  const { mid, index, kind, protocol, direction } = media
  const name = mid === null ? `m-section ${index}` : `mid ${mid}`
  return [
    printable(`${name}: ${kind || 'of no kind'}, ${protocol || 'without a protocol'}`),
    ...[
      ...labelled('port', portWords(media)),
      ...(kind === 'application' ? [] : labelled('direction', `${direction}: ${DIRECTION_WORDS[direction]}`)),
      ...codecLines(media),
      ...bandwidthLines(media),
      ...iceLines(media),
      ...dtlsLines(media),
      ...rtcpLines(media),
      ...streamLines(media),
      ...dataLines(media),
    ].map((line) => `  ${line}`),
  ]
}

function portWords({ port, rejected, bundleOnly, bundled }: Media): string {
  if (port === null) return 'not a number'
  if (bundleOnly) return `${port}, used only inside its bundle`
  if (rejected) return '0, the section is rejected'
  const shared = bundled ? ', shares the transport of its bundle' : ''
  return port === 9 ? `9, a placeholder: candidates say where${shared}` : `${port}${shared}`
}

function codecLines({ codecs }: Media): string[] {
  if (codecs.length === 0) return []
  const rows = codecs.map(({ payloadType, name, clockRate, channels, repairs, parameters, feedback }) => [
    String(payloadType),
    printable(
      [name ?? 'unknown', clockRate ?? '-', ...(channels === null || channels === 1 ? [] : [channels])].join(
        '/',
      ),
    ),
    printable(
      [
        ...(repairs === null ? [] : [`retransmits ${repairs}`]),
        ...Object.entries(parameters).flatMap(([key, value]) =>
          key === 'apt' ? [] : [value === '' ? key : `${key}=${value}`],
        ),
      ].join(', '),
    ),
    printable(feedback.join(', ')),
  ])
  return alignColumns([['type', 'codec', 'parameters', 'feedback'], ...rows], WIDTH - 2)
}

function bandwidthLines({ bandwidth }: Media): string[] {
  return bandwidth.flatMap(({ type, value, kbps }) => {
    const meaning = type === 'TIAS' ? ' without headers' : type === 'AS' ? ' with all headers' : ''
    const limit = kbps === null ? '' : `: at most ${formatBitrate(kbps * 1000)}${meaning}`
    return labelled('bandwidth', `${type}:${value}${limit}`)
  })
}

function iceLines({ ice }: Media): string[] {
  const { ufrag, passwordLength, candidates, endOfCandidates } = ice
  const password = passwordLength === null ? 'no password' : `a password of ${passwordLength} characters`
  return [
    ...(ufrag === null && passwordLength === null
      ? []
      : labelled('ICE', `ufrag ${ufrag ?? 'missing'}, ${password}`)),
    ...candidates.flatMap(({ type, protocol, tcpType, address, port, relatedAddress, relatedPort }) => {
      const related = relatedAddress === null ? '' : ` from ${formatAddress(relatedAddress, relatedPort)}`
      const transport = tcpType === null ? protocol : `${protocol} ${tcpType}`
      return labelled('candidate', `${type} ${transport} ${formatAddress(address, port)}${related}`)
    }),
    ...(endOfCandidates ? labelled('candidate', 'no more will follow') : []),
  ]
}

function dtlsLines({ dtls }: Media): string[] {
  const { setup, fingerprints } = dtls
  const words =
    setup === null ? undefined : Object.hasOwn(SETUP_WORDS, setup) ? SETUP_WORDS[setup] : undefined
  return [
    ...(setup === null ? [] : labelled('DTLS', `${setup}${words === undefined ? '' : `: ${words}`}`)),
    ...fingerprints.map(fingerprintLine),
  ]
}

function rtcpLines({ rtcpMux, rtcpReducedSize, headerExtensions }: Media): string[] {
  const facts = [
    ...(rtcpMux ? ['on the port of RTP (rtcp-mux)'] : []),
    ...(rtcpReducedSize ? ['reduced size (rtcp-rsize)'] : []),
  ]
  return [
    ...(facts.length === 0 ? [] : labelled('RTCP', facts.join(', '))),
    ...(headerExtensions.length === 0
      ? []
      : labelled('extensions', headerExtensions.map(({ id, name }) => `${id ?? '-'} ${name}`).join(', '))),
  ]
}

function streamLines({ msids, ssrcs, ssrcGroups, rids, simulcast }: Media): string[] {
  const layers = (streams: { rid: string; paused: boolean }[][]) =>
    streams
      .map((layer) => layer.map(({ rid, paused }) => (paused ? `${rid} (paused)` : rid)).join(' or '))
      .join(', ')
  return [
    ...msids.flatMap(({ stream, track }) =>
      labelled('msid', `stream ${stream}${track === null ? '' : `, track ${track}`}`),
    ),
    ...ssrcs.flatMap(({ ssrc, cname }) =>
      labelled('ssrc', `${ssrc}${cname === null ? '' : `, cname ${cname}`}`),
    ),
    ...ssrcGroups.flatMap(({ semantics, ssrcs: members }) =>
      labelled('ssrc group', `${semantics}: ${members.join(', ')}`),
    ),
    ...rids.flatMap(({ id, direction, parameters }) =>
      labelled(
        'rid',
        [`${id} ${direction}`, ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`)].join(
          ', ',
        ),
      ),
    ),
    ...(simulcast === null || simulcast.send.length === 0
      ? []
      : labelled('simulcast', `sends ${layers(simulcast.send)}`)),
    ...(simulcast === null || simulcast.receive.length === 0
      ? []
      : labelled('simulcast', `receives ${layers(simulcast.receive)}`)),
  ]
}

function dataLines({ sctpPort, maxMessageSize }: Media): string[] {
  const size =
    maxMessageSize === 0 ? 'of any size' : `up to ${maxMessageSize} bytes (${formatBytes(maxMessageSize)})`
  return [
    ...(sctpPort === null ? [] : labelled('SCTP', `port ${sctpPort}`)),
    ...(maxMessageSize === null ? [] : labelled('messages', size)),
  ]
}

/** Never cut: people compare it to the end. */
function fingerprintLine({ algorithm, value }: Explanation['fingerprints'][number]): string {
  return 'fingerprint'.padEnd(LABEL_WIDTH) + printable(`${algorithm} ${value}`)
}

function labelled(label: string, text: string): string[] {
  return wrapLabelled(label.padEnd(LABEL_WIDTH), printable(text), WIDTH - 2)
}

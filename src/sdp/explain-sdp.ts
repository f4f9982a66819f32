import { explainCodecs } from './explain-codecs.js'
import type { SdpCandidate, SdpExplanation, SdpMedia } from './explanation.js'
import { headerExtensionName } from './header-extensions.js'
import { wholeNumber } from './whole-number.js'
import {
  parseParameters,
  parseSdp,
  parseSimulcastStreams,
  type ParsedCandidate,
  type ParsedMedia,
  type ParsedSession,
} from './parse-sdp.js'
import {
  attributesNamed,
  inheritedAttributes,
  readSdpDocument,
  type SdpDocument,
  type SdpMediaSection,
  type SdpSection,
} from './sdp-document.js'

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const

/** What a session description says, decoded; what cannot be read is left out. Never throws. */
export function explainSdp(sdp: string): SdpExplanation {
  const parsed = parseSdp(sdp)
  const document = readSdpDocument(sdp)
  const iceOptions = optionsOf(document.session)
  const media = document.media.map((section) =>
    explainMedia(section, parsed.media[section.index] ?? { rtp: [], fmtp: [] }, parsed, document),
  )
  return {
    origin: explainOrigin(parsed),
    name: parsed.name === undefined ? null : String(parsed.name),
    groups: (parsed.groups ?? []).map(({ type, mids }) => ({
      semantics: String(type),
      mids: wordsOf(String(mids)),
    })),
    msidSemantic: attributesNamed(document.session, 'msid-semantic')[0]?.value?.trim() ?? null,
    iceLite: parsed.icelite !== undefined,
    iceOptions,
    trickle: [iceOptions, ...media.map(({ ice }) => ice.options)].some((options) =>
      options.includes('trickle'),
    ),
    extmapAllowMixed: parsed.extmapAllowMixed !== undefined,
    fingerprints: fingerprintsOf(attributesNamed(document.session, 'fingerprint')),
    media,
  }
}

function explainMedia(
  section: SdpMediaSection,
  parsed: ParsedMedia,
  session: ParsedSession,
  document: SdpDocument,
): SdpMedia {
  const { index, mid, kind, protocol } = section
  const port = Number.isNaN(section.port) ? null : section.port
  const bundleOnly = parsed.bundleOnly !== undefined
  const { msids, ssrcs, ssrcGroups } = explainStreams(section, parsed)
  return {
    index,
    mid,
    kind,
    protocol,
    port,
    rejected: port === 0 && !bundleOnly,
    bundleOnly,
    bundled: mid !== null && document.bundledMids.has(mid),
    direction: explainDirection(parsed, session),
    codecs: explainCodecs(section, parsed),
    bandwidth: (parsed.bandwidth ?? []).flatMap(({ type, limit }) => explainBandwidth(String(type), limit)),
    ice: explainIce(section, parsed, session),
    dtls: {
      setup: inheritedAttributes(section, document, 'setup')[0]?.value ?? null,
      fingerprints: fingerprintsOf(inheritedAttributes(section, document, 'fingerprint')),
    },
    rtcpMux: parsed.rtcpMux !== undefined,
    rtcpReducedSize: parsed.rtcpRsize !== undefined,
    headerExtensions: (parsed.ext ?? []).map(({ value, uri, direction }) => ({
      id: wholeNumber(value),
      uri: String(uri),
      name: headerExtensionName(String(uri)),
      direction: direction === undefined ? null : String(direction),
    })),
    msids,
    ssrcs,
    ssrcGroups,
    rids: (parsed.rids ?? []).map(({ id, direction, params }) => ({
      id: String(id),
      direction: String(direction),
      parameters: params === undefined ? {} : parseParameters(String(params)),
    })),
    simulcast: explainSimulcast(parsed),
    sctpPort: wholeNumber(parsed.sctpPort),
    maxMessageSize: wholeNumber(parsed.maxMessageSize),
  }
}

function explainOrigin({ origin }: ParsedSession): SdpExplanation['origin'] {
  if (origin === undefined) return null
  const { username, sessionId, sessionVersion, address } = origin
  return {
    username: String(username),
    sessionId: String(sessionId),
    sessionVersion: String(sessionVersion),
    address: String(address),
  }
}

/** RFC 8866 §6.7: without a direction anywhere it is sendrecv. */
function explainDirection({ direction }: ParsedMedia, session: ParsedSession): SdpMedia['direction'] {
  const said = direction ?? session.direction
  return DIRECTIONS.find((known) => known === said) ?? 'sendrecv'
}

/** AS counts kbit/s with all headers (RFC 8866 §5.8), TIAS bit/s without them (RFC 3890 §6.2). */
function explainBandwidth(type: string, limit: string | number): SdpMedia['bandwidth'] {
  const value = wholeNumber(limit)
  if (value === null) return []
  const kbps = type === 'TIAS' ? value / 1000 : type === 'AS' || type === 'CT' ? value : null
  return [{ type, value, kbps }]
}

function explainIce(section: SdpMediaSection, parsed: ParsedMedia, session: ParsedSession): SdpMedia['ice'] {
  const ufrag = parsed.iceUfrag ?? session.iceUfrag
  const password = parsed.icePwd ?? session.icePwd
  return {
    ufrag: ufrag === undefined ? null : String(ufrag),
    passwordLength: password === undefined ? null : String(password).length,
    options: optionsOf(section),
    candidates: (parsed.candidates ?? []).map(explainCandidate),
    endOfCandidates: parsed.endOfCandidates !== undefined,
  }
}

function explainCandidate(candidate: ParsedCandidate): SdpCandidate {
  const { foundation, component, type, transport, priority, ip, port, raddr, rport, tcptype } = candidate
  return {
    foundation: String(foundation),
    component: wholeNumber(component),
    type: String(type),
    protocol: String(transport).toLowerCase(),
    priority: wholeNumber(priority),
    address: String(ip),
    port: wholeNumber(port),
    relatedAddress: raddr === undefined ? null : String(raddr),
    relatedPort: wholeNumber(rport),
    tcpType: tcptype === undefined ? null : String(tcptype),
  }
}

function explainStreams(
  section: SdpMediaSection,
  parsed: ParsedMedia,
): Pick<SdpMedia, 'msids' | 'ssrcs' | 'ssrcGroups'> {
  const msids = attributesNamed(section, 'msid').flatMap(({ value }) => {
    const [stream, track = null] = wordsOf(value ?? '')
    return stream === undefined ? [] : [{ stream, track }]
  })
  const cnames = new Map<number, string | null>()
  for (const { id, attribute, value } of parsed.ssrcs ?? []) {
    const ssrc = wholeNumber(id)
    if (ssrc === null) continue
    const cname = attribute === 'cname' && value !== undefined ? String(value) : null
    cnames.set(ssrc, cname ?? cnames.get(ssrc) ?? null)
  }
  return {
    msids,
    ssrcs: Array.from(cnames, ([ssrc, cname]) => ({ ssrc, cname })),
    ssrcGroups: (parsed.ssrcGroups ?? []).map(({ semantics, ssrcs }) => ({
      semantics: String(semantics),
      ssrcs: wordsOf(String(ssrcs)).flatMap((word) => wholeNumber(word) ?? []),
    })),
  }
}

function explainSimulcast({ simulcast }: ParsedMedia): SdpMedia['simulcast'] {
  if (simulcast === undefined) return null
  const { dir1, list1, dir2, list2 } = simulcast
  const streams = (direction: string) => {
    const list = dir1 === direction ? list1 : dir2 === direction ? list2 : undefined
    return list === undefined ? [] : parseSimulcastStreams(String(list))
  }
  return { send: streams('send'), receive: streams('recv') }
}

function optionsOf(section: SdpSection): string[] {
  return attributesNamed(section, 'ice-options').flatMap(({ value }) => wordsOf(value ?? ''))
}

function fingerprintsOf(attributes: readonly { value: string | null }[]): SdpExplanation['fingerprints'] {
  return attributes.flatMap(({ value: given }) => {
    const [algorithm, value] = wordsOf(given ?? '')
    return algorithm === undefined || value === undefined
      ? []
      : [{ algorithm: algorithm.toLowerCase(), value }]
  })
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

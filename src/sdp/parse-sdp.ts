import sdpTransform from 'sdp-transform'

/** A number where the parser saw a whole one, else text: `a=mid:0` comes as 0. */
type Token = string | number

export interface ParsedSession extends ParsedTransport {
  origin?: {
    username: Token
    sessionId: Token
    sessionVersion: Token
    netType: Token
    ipVer: Token
    address: Token
  }
  name?: Token
  groups?: { type: Token; mids: Token }[]
  msidSemantic?: { semantic: Token; token: Token }
  icelite?: Token
  extmapAllowMixed?: Token
  direction?: Token
  media: ParsedMedia[]
}

/** What a session and an m-section can both have. */
export interface ParsedTransport {
  iceUfrag?: Token
  icePwd?: Token
  iceOptions?: Token
  setup?: Token
  invalid?: { value: Token }[]
}

export interface ParsedMedia extends ParsedTransport {
  type?: Token
  port?: Token
  protocol?: Token
  payloads?: Token
  mid?: Token
  direction?: Token
  rtp: { payload: Token; codec: Token; rate?: Token; encoding?: Token }[]
  fmtp: { payload: Token; config: Token }[]
  rtcpFb?: { payload: Token; type: Token; subtype?: Token }[]
  rtcpFbTrrInt?: { payload: Token; value: Token }[]
  bandwidth?: { type: Token; limit: Token }[]
  candidates?: ParsedCandidate[]
  endOfCandidates?: Token
  rtcpMux?: Token
  rtcpRsize?: Token
  bundleOnly?: Token
  ext?: { value: Token; direction?: Token; uri: Token }[]
  ssrcs?: { id: Token; attribute?: Token; value?: Token }[]
  ssrcGroups?: { semantics: Token; ssrcs: Token }[]
  rids?: { id: Token; direction: Token; params?: Token }[]
  simulcast?: { dir1: Token; list1: Token; dir2?: Token; list2?: Token }
  sctpPort?: Token
  maxMessageSize?: Token
}

export interface ParsedCandidate {
  foundation: Token
  component: Token
  transport: Token
  priority: Token
  ip: Token
  port: Token
  type: Token
  raddr?: Token
  rport?: Token
  tcptype?: Token
}

/** Reads what can be read of a description; lines it does not understand are left out. Never throws. */
export function parseSdp(sdp: string): ParsedSession {
  const parsed: unknown = sdpTransform.parse(sdp)
  return isSession(parsed) ? parsed : { media: [] }
}

/** `a=1;b;c=x` as key and value; a key without a value has the empty string. */
export function parseParameters(text: string): Record<string, string> {
  const entries = Object.entries(sdpTransform.parseParams(text))
  return Object.fromEntries(
    entries.map(([key, value]) => [key.trim(), value === undefined ? '' : String(value)]),
  )
}

/** `1,~2;3` as streams of alternatives; a leading `~` says that it starts paused. */
export function parseSimulcastStreams(text: string): { rid: string; paused: boolean }[][] {
  const streams = sdpTransform.parseSimulcastStreamList(text)
  return streams.map((alternatives) =>
    alternatives.map(({ scid, paused }) => ({ rid: String(scid), paused })),
  )
}

function isSession(parsed: unknown): parsed is ParsedSession {
  return typeof parsed === 'object' && parsed !== null && 'media' in parsed && Array.isArray(parsed.media)
}

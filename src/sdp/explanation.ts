import * as v from 'valibot'

/** What a session description says, as data: part of the `sdp` event, so fields may be added, never renamed. */

const text = v.nullable(v.string())
const number = v.nullable(v.number())
const fingerprint = v.object({ algorithm: v.string(), value: v.string() })

const codec = v.object({
  payloadType: v.number(),
  /** null where a dynamic payload type has no `a=rtpmap`. */
  name: text,
  clockRate: number,
  channels: number,
  /** `a=fmtp` as key and value; one without a `=` is under its whole text. */
  parameters: v.record(v.string(), v.string()),
  feedback: v.array(v.string()),
  /** The payload type this one retransmits (`apt`). */
  repairs: number,
  /** The payload type that retransmits this one. */
  repairedBy: number,
})
export type SdpCodec = v.InferOutput<typeof codec>

const candidate = v.object({
  foundation: v.string(),
  component: number,
  type: v.string(),
  protocol: v.string(),
  priority: number,
  address: v.string(),
  port: number,
  relatedAddress: text,
  relatedPort: number,
  tcpType: text,
})
export type SdpCandidate = v.InferOutput<typeof candidate>

const simulcastStreams = v.array(v.array(v.object({ rid: v.string(), paused: v.boolean() })))

const media = v.object({
  index: v.number(),
  mid: text,
  kind: v.string(),
  protocol: v.string(),
  /** 0 rejects the section or leaves it to its bundle; 9 is a placeholder until candidates are known. */
  port: number,
  rejected: v.boolean(),
  bundleOnly: v.boolean(),
  /** Shares the transport of another m-section. */
  bundled: v.boolean(),
  direction: v.picklist(['sendrecv', 'sendonly', 'recvonly', 'inactive']),
  codecs: v.array(codec),
  bandwidth: v.array(
    v.object({
      type: v.string(),
      value: v.number(),
      /** kbit/s; null for what is not a bandwidth of media. */
      kbps: number,
    }),
  ),
  ice: v.object({
    ufrag: text,
    /** The password itself is never shown. */
    passwordLength: number,
    options: v.array(v.string()),
    candidates: v.array(candidate),
    endOfCandidates: v.boolean(),
  }),
  dtls: v.object({ setup: text, fingerprints: v.array(fingerprint) }),
  rtcpMux: v.boolean(),
  rtcpReducedSize: v.boolean(),
  headerExtensions: v.array(v.object({ id: number, uri: v.string(), name: v.string(), direction: text })),
  msids: v.array(v.object({ stream: v.string(), track: text })),
  ssrcs: v.array(v.object({ ssrc: v.number(), cname: text })),
  ssrcGroups: v.array(v.object({ semantics: v.string(), ssrcs: v.array(v.number()) })),
  rids: v.array(
    v.object({ id: v.string(), direction: v.string(), parameters: v.record(v.string(), v.string()) }),
  ),
  simulcast: v.nullable(v.object({ send: simulcastStreams, receive: simulcastStreams })),
  sctpPort: number,
  /** Bytes; 0 means any size. */
  maxMessageSize: number,
})
export type SdpMedia = v.InferOutput<typeof media>

export const sdpExplanationSchema = v.object({
  origin: v.nullable(
    v.object({
      username: v.string(),
      sessionId: v.string(),
      sessionVersion: v.string(),
      address: v.string(),
    }),
  ),
  name: text,
  groups: v.array(v.object({ semantics: v.string(), mids: v.array(v.string()) })),
  msidSemantic: text,
  iceLite: v.boolean(),
  iceOptions: v.array(v.string()),
  trickle: v.boolean(),
  extmapAllowMixed: v.boolean(),
  fingerprints: v.array(fingerprint),
  media: v.array(media),
})
export type SdpExplanation = v.InferOutput<typeof sdpExplanationSchema>

import * as v from 'valibot'
import { adaptationEventSchema, mediaEventSchema, trackChangeEventSchema } from './events/media.js'
import { commandEventSchema } from './events/command.js'
import { benchEventSchema } from './events/bench.js'
import {
  candidatePairSchema,
  candidatePairStateSchema,
  candidateTypeSchema,
  runSummarySchema,
  statsSummarySchema,
} from './events/stats.js'
import { checkEventSchemas } from './events/check-events.js'
import { sdpExplanationSchema } from './sdp/explanation.js'

export type {
  CandidatePairState,
  CandidatePairSummary,
  CandidateSummary,
  DataChannelStats,
  RunSummary,
  StatsSummary,
  StreamStats,
} from './events/stats.js'

/**
 * Every event a run can report: the public contract of `--json`. The types below are what engines emit and what
 * reporters take; the schemas are published as `webrtc-cli/events.schema.json` and held against real output in
 * every end-to-end test. Fields may be added within `v: 1`, never renamed or removed.
 */

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const milliseconds = v.pipe(v.number(), v.minValue(0))
const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const linkCounts = v.object({
  /** All that came to the link, whatever became of them; UDP payload. */
  packets: count,
  bytes: count,
  lost: count,
  queueDropped: count,
  reordered: count,
})

const fileEntry = v.object({ name: v.string(), bytes: count })
/** Null where nobody knows before the end: a stream. */
const expectedBytes = v.nullable(count)
const transferDirection = v.picklist(['send', 'receive'])
const chatDirection = v.picklist(['in', 'out'])
const mediaKind = v.picklist(['audio', 'video'])

export const peerEventSchema = v.variant('event', [
  v.object({ event: v.literal('listening'), url: v.string(), embedded: v.boolean() }),
  v.object({
    event: v.literal('room'),
    room: v.string(),
    peerId: v.string(),
    role: v.picklist(['offerer', 'answerer']),
    /** What the other side types; only where one was made up. */
    code: v.optional(v.string()),
    /** The same as a whole command line. */
    command: v.optional(v.string()),
  }),
  v.object({ event: v.literal('peer-joined'), peerId: v.string(), name: v.nullable(v.string()) }),
  v.object({
    event: v.literal('peer-left'),
    peerId: v.string(),
    name: v.nullable(v.string()),
    reason: v.string(),
  }),
  v.object({
    event: v.literal('candidate'),
    side: v.picklist(['local', 'remote']),
    type: candidateTypeSchema,
    protocol: v.nullable(v.string()),
    address: v.nullable(v.string()),
    port: v.nullable(v.number()),
    relatedAddress: v.nullable(v.string()),
    relatedPort: v.nullable(v.number()),
    priority: v.nullable(v.number()),
    url: v.nullable(v.string()),
    elapsedMs: milliseconds,
  }),
  v.object({
    event: v.literal('state'),
    connectionState: v.string(),
    iceConnectionState: v.string(),
    iceGatheringState: v.string(),
    signalingState: v.string(),
  }),
  v.object({
    event: v.literal('authenticated'),
    auth: v.picklist(['code', 'secret', 'none']),
    verifier: v.nullable(v.string()),
    /** SHA-256 of the peer's DTLS certificate, as in `a=fingerprint`. */
    fingerprint: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('connected'),
    elapsedMs: milliseconds,
    candidatePair: v.nullable(candidatePairSchema),
  }),
  v.object({ event: v.literal('candidate-pair'), ...candidatePairSchema.entries }),
  v.object({
    event: v.literal('chat'),
    from: v.nullable(v.string()),
    text: v.string(),
    direction: chatDirection,
  }),
  v.object({
    event: v.literal('track'),
    kind: v.picklist(['audio', 'video']),
    id: v.string(),
    codec: v.nullable(v.string()),
    width: v.nullable(v.number()),
    height: v.nullable(v.number()),
    /** Frames per second that arrived, measured over the first second. */
    frameRate: v.nullable(v.number()),
    sampleRate: v.optional(v.nullable(v.number())),
    channelCount: v.optional(v.nullable(v.number())),
    /** Hz, of the first channel over the first second; null where it has no period. */
    frequency: v.optional(v.nullable(v.number())),
  }),
  v.object({
    event: v.literal('source'),
    /** `opened` before it is looked for a peer, `ended` at the end of a file, `closed` with the session. */
    state: v.picklist(['opened', 'ended', 'closed']),
    kind: mediaKind,
    /** As it was named with `--video` or `--audio`. */
    source: v.string(),
    width: v.optional(v.number()),
    height: v.optional(v.number()),
    frameRate: v.optional(v.number()),
    sampleRate: v.optional(v.number()),
    channelCount: v.optional(v.number()),
    /** Pictures, or blocks of 10 ms, written to the track. */
    written: count,
    /** Not written, because this process or the source was late. */
    dropped: count,
    /** Due, but the source had nothing new. */
    missed: count,
  }),
  adaptationEventSchema,
  mediaEventSchema,
  trackChangeEventSchema,
  v.object({
    event: v.literal('recording'),
    path: v.string(),
    state: v.picklist(['recording', 'paused', 'finished', 'failed']),
    /** Of the file; 0 as long as it is not finished. */
    bytes: count,
    /** Recorded so far, without pauses. */
    durationMs: milliseconds,
    /** Pictures received and written. */
    frames: count,
    /** Pictures left out because the file could not be written as fast as they came. */
    framesDropped: count,
  }),
  v.object({
    event: v.literal('snapshot'),
    path: v.string(),
    width: count,
    height: count,
    bytes: count,
  }),
  v.object({
    event: v.literal('transfer-offer'),
    direction: transferDirection,
    files: v.array(v.object({ ...fileEntry.entries, bytes: expectedBytes })),
    bytes: expectedBytes,
    /** The session waits for the command `accept` or `decline`. */
    asks: v.optional(v.literal(true)),
  }),
  v.object({
    event: v.literal('transfer-accepted'),
    direction: transferDirection,
    bytes: expectedBytes,
    resumedBytes: count,
    associations: count,
  }),
  /** A text that was sent as one (`send-file --text`). */
  v.object({ event: v.literal('text'), text: v.string(), direction: v.picklist(['in']) }),
  v.object({
    event: v.literal('transfer-progress'),
    direction: transferDirection,
    bytes: expectedBytes,
    bytesTransferred: count,
    bytesPerSecond: v.number(),
    associations: count,
    /** The one of which bytes came last; null before the first. Resumed bytes are counted. */
    file: v.nullable(
      v.object({
        name: v.string(),
        /** From 1, in the order of `transfer-offer`. */
        number: count,
        of: count,
        bytes: expectedBytes,
        bytesTransferred: count,
      }),
    ),
    durationMs: milliseconds,
  }),
  v.object({
    event: v.literal('transfer-complete'),
    direction: transferDirection,
    files: v.array(v.object({ ...fileEntry.entries, sha256: sha256Hex, path: v.nullable(v.string()) })),
    bytes: count,
    bytesTransferred: count,
    resumedBytes: count,
    bytesPerSecond: v.number(),
    associations: count,
    /** What was sent of the content, where the sender could compress it. */
    carriedBytes: v.optional(count),
    durationMs: milliseconds,
  }),
  v.object({
    event: v.literal('transfer-failed'),
    direction: transferDirection,
    bytes: expectedBytes,
    bytesTransferred: count,
    reason: v.string(),
  }),
  v.object({
    event: v.literal('stats'),
    summary: statsSummarySchema,
    /** Asked for with the command `stats`, and no sample of the interval. */
    requested: v.optional(v.literal(true)),
    /** Every candidate pair, with `--pairs`. */
    candidatePairs: v.optional(v.array(candidatePairStateSchema)),
    /** The raw getStats() dictionaries, with `--raw`, `--type` or `--verbose`. */
    report: v.optional(v.array(v.record(v.string(), v.unknown()))),
  }),
  v.object({ event: v.literal('metrics'), /** Where a Prometheus finds them. */ url: v.string() }),
  v.object({ event: v.literal('stats-summary'), ...runSummarySchema.entries }),
  benchEventSchema,
  v.object({
    event: v.literal('impairment'),
    /** One way. */
    delayMs: milliseconds,
    jitterMs: milliseconds,
    /** 0 to 1. */
    lossRatio: v.number(),
    reorderRatio: v.number(),
    /** Bits per second; null where there is no bottleneck. */
    rate: v.nullable(v.number()),
    queueMs: v.nullable(milliseconds),
    seed: count,
    outgoing: linkCounts,
    incoming: linkCounts,
  }),
  v.object({
    event: v.literal('expect'),
    /** As it was given with `--expect`. */
    expression: v.string(),
    ok: v.boolean(),
    /** The measured values for people, `0.6 ms`; null where nothing was measured. */
    value: v.nullable(v.string()),
    /** Why it is not ok; null where it is. */
    reason: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('check'),
    name: v.string(),
    ok: v.boolean(),
    value: v.string(),
  }),
  v.object({
    event: v.literal('sdp'),
    /** As it was named; `-` is standard input. */
    file: v.string(),
    type: v.nullable(v.picklist(['offer', 'answer'])),
    explanation: sdpExplanationSchema,
  }),
  v.object({
    event: v.literal('description'),
    /** The dump it is from; null where this run set it. */
    file: v.nullable(v.string()),
    /** From 1, in the order in which they were set; `FILE#NUMBER` names it. */
    number: count,
    connection: v.string(),
    side: v.picklist(['local', 'remote']),
    type: v.picklist(['offer', 'answer']),
    /** Without the ICE password. */
    sdp: v.string(),
    /** Since the first. */
    elapsedMs: milliseconds,
  }),
  v.object({
    event: v.literal('sdp-finding'),
    file: v.string(),
    rule: v.string(),
    severity: v.picklist(['error', 'warning']),
    /** From 1. */
    line: v.pipe(v.number(), v.integer(), v.minValue(1)),
    message: v.string(),
    /** `RFC 8866 §5.14`. */
    reference: v.string(),
  }),
  v.object({
    event: v.literal('sdp-difference'),
    files: v.object({ before: v.string(), after: v.string() }),
    /** null where it is about the whole session. */
    mid: v.nullable(v.string()),
    subject: v.string(),
    change: v.picklist(['added', 'removed', 'changed', 'reordered']),
    before: v.nullable(v.string()),
    after: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('capabilities'),
    version: v.string(),
    node: v.string(),
    platform: v.string(),
    arch: v.string(),
    nativeLibrary: v.object({
      name: v.string(),
      version: v.nullable(v.string()),
      available: v.boolean(),
      /** Why it is not available. */
      reason: v.nullable(v.string()),
    }),
    codecs: v.array(
      v.object({
        direction: v.picklist(['send', 'receive']),
        kind: mediaKind,
        name: v.string(),
        clockRate: v.number(),
        channels: v.nullable(v.number()),
        parameters: v.record(v.string(), v.string()),
      }),
    ),
    headerExtensions: v.array(v.object({ kind: mediaKind, name: v.string(), uri: v.string() })),
    /** What `--video` and `--audio` take. */
    sources: v.object({ video: v.array(v.string()), audio: v.array(v.string()) }),
    /** What every source can be scaled and converted to. */
    sourceRanges: v.object({
      width: v.object({ min: count, max: count }),
      height: v.object({ min: count, max: count }),
      frameRate: v.object({ min: v.number(), max: v.number() }),
      sampleRate: v.array(count),
      channelCount: v.object({ min: count, max: count }),
    }),
    /** What there is to capture from. */
    devices: v.array(
      v.object({
        kind: v.picklist(['camera', 'microphone', 'screen']),
        /** As `--video` or `--audio` takes it. */
        source: v.string(),
        label: v.nullable(v.string()),
        /** Of a screen, where ffmpeg can open it. */
        width: v.nullable(count),
        height: v.nullable(count),
      }),
    ),
    recorders: v.array(
      v.object({
        format: v.string(),
        available: v.boolean(),
        /** The encoders that ffmpeg lacks, all of them where there is none. */
        missing: v.array(v.string()),
      }),
    ),
    dataChannel: v.object({ maxMessageSize: v.nullable(v.number()) }),
    /** null where the system does not say or knows no limit. */
    system: v.object({
      receiveBufferDefault: v.nullable(count),
      receiveBufferMax: v.nullable(count),
      openFiles: v.nullable(count),
      /** What the process may raise it to. */
      openFilesMax: v.nullable(count),
    }),
    programs: v.array(
      v.object({
        name: v.string(),
        path: v.nullable(v.string()),
        version: v.nullable(v.string()),
        usedFor: v.string(),
      }),
    ),
  }),
  ...checkEventSchemas,
  commandEventSchema,
  v.object({
    event: v.literal('warning'),
    code: v.string(),
    message: v.string(),
    hint: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('error'),
    code: v.string(),
    message: v.string(),
    hint: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('exit'),
    code: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
    reason: v.string(),
    durationMs: milliseconds,
  }),
])

export type PeerEvent = v.InferOutput<typeof peerEventSchema>
export type PeerEventOf<Name extends PeerEvent['event']> = Extract<PeerEvent, { event: Name }>

/** How an engine tells what happened; it never prints. */
export type ReportEvent = (event: PeerEvent) => void

/** One line of `--json`: the event with the schema version and the time (ISO 8601, UTC) it was reported. */
export const jsonLineSchema = v.intersect([
  v.object({ v: v.literal(1), ts: v.pipe(v.string(), v.isoTimestamp()) }),
  peerEventSchema,
])

import * as v from 'valibot'
import { count, mediaKind, milliseconds } from './quantities.js'

/** Events of tracks: what is sent, what arrives, what came of it, and what is written of it. */
export const mediaEventSchemas = [
  v.object({
    event: v.literal('track'),
    kind: mediaKind,
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
  /** How video is sent from now on, because less or more can be encoded and carried than before. */
  v.object({
    event: v.literal('adaptation'),
    kind: v.literal('video'),
    width: count,
    height: count,
    frameRate: v.number(),
    /** W3C webrtc-stats; `none` where it is sent as the source has it. */
    qualityLimitationReason: v.picklist(['none', 'bandwidth', 'cpu']),
    /** Bits per second that may be sent: the smaller of `--video-bitrate` and what the path is thought to carry. */
    availableBitrate: v.nullable(v.number()),
  }),
  /** What came of a received video track so far. Null is what could not be measured; it is never shown as 0. */
  v.object({
    event: v.literal('media'),
    kind: v.literal('video'),
    /** Of the track, as in `track`. */
    id: v.string(),
    framesReceived: count,
    /** By the numbers in the barcodes, from the first to the last frame that arrived; null where there are none. */
    framesLost: v.nullable(count),
    framesDuplicated: v.nullable(count),
    /** Frames whose barcode could not be read; they are among the lost ones too. */
    framesUnreadable: v.nullable(count),
    /** W3C webrtc-stats `freezeCount`: intervals above three times the mean, and above the mean and 150 ms. */
    freezes: count,
    freezeMs: milliseconds,
    /** Time in which nothing in the picture changed for a second or more, and in which it was black. */
    stillMs: milliseconds,
    blackMs: milliseconds,
    /** From writing a frame to the track until it arrived decoded, by the clock of the peer. */
    latencyMs: v.nullable(v.object({ p50: v.number(), p95: v.number(), max: v.number() })),
    /** Milliseconds by which sound comes after its picture; only with the source `beep`. */
    skewMs: v.nullable(v.number()),
    /** dB of the luma against the frame that was drawn, at most 100; the mean of those compared, about one a second. */
    psnr: v.nullable(v.number()),
    ssim: v.nullable(v.number()),
    framesCompared: count,
  }),
  /** From now on something else is sent on a track, or in another way. */
  v.object({
    event: v.literal('track-change'),
    /** Which side sends it. */
    side: v.picklist(['local', 'remote']),
    kind: mediaKind,
    /** `muted` is black or silence while the source goes on; `paused` is nothing, and the source waits. */
    mode: v.picklist(['live', 'muted', 'paused']),
    /** As it was named; of the other side only what kind of source it is, unless it is one that is drawn. */
    source: v.string(),
  }),
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
] as const

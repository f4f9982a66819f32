import * as v from 'valibot'
import { count, mediaKind } from './quantities.js'

/** What this build and this machine can do: the answer of the verb `capabilities`. */
export const capabilitiesEventSchema = v.object({
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
})

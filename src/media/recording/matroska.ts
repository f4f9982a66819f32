import type { MediaKind } from '../../sdp/media-kind.js'
import type { RecordedTracks } from './ports.js'

/**
 * Raw pictures and sound in Matroska (RFC 9559), made to be read from a pipe: unlike raw pipes it keeps the time of
 * every frame, and both streams in the order in which they came, so a reader never waits for the other one.
 */

const EBML = 0x1a45dfa3
const EBML_VERSION = 0x4286
const EBML_READ_VERSION = 0x42f7
const EBML_MAX_ID_LENGTH = 0x42f2
const EBML_MAX_SIZE_LENGTH = 0x42f3
const DOC_TYPE = 0x4282
const DOC_TYPE_VERSION = 0x4287
const DOC_TYPE_READ_VERSION = 0x4285
const SEGMENT = 0x18538067
const INFO = 0x1549a966
const TIMESTAMP_SCALE = 0x2ad7b1
const MUXING_APP = 0x4d80
const WRITING_APP = 0x5741
const TRACKS = 0x1654ae6b
const TRACK_ENTRY = 0xae
const TRACK_NUMBER = 0xd7
const TRACK_UID = 0x73c5
const TRACK_TYPE = 0x83
const FLAG_LACING = 0x9c
const CODEC_ID = 0x86
const DEFAULT_DURATION = 0x23e383
const VIDEO = 0xe0
const PIXEL_WIDTH = 0xb0
const PIXEL_HEIGHT = 0xba
const UNCOMPRESSED_FOURCC = 0x2eb524
const COLOUR = 0x55b0
const MATRIX_COEFFICIENTS = 0x55b1
const COLOUR_RANGE = 0x55b9
const TRANSFER_CHARACTERISTICS = 0x55ba
const COLOUR_PRIMARIES = 0x55bb
const AUDIO = 0xe1
const SAMPLING_FREQUENCY = 0xb5
const CHANNELS = 0x9f
const BIT_DEPTH = 0x6264
const CLUSTER = 0x1f43b675
const CLUSTER_TIMESTAMP = 0xe7
const SIMPLE_BLOCK = 0xa3

const VIDEO_TRACK = 1
const AUDIO_TRACK = 2

/** SMPTE 170M (ITU-T H.273), as WebRTC's I420 is; unsaid, players take large pictures for BT.709. */
const SMPTE_170M = 6
const BROADCAST_RANGE = 1

/** One millisecond, in nanoseconds. */
const TIMESTAMP_SCALE_NS = 1_000_000

/** RFC 8794 §6.2: all ones is an unknown size, of a segment that ends with the stream. */
const UNKNOWN_SIZE = new Uint8Array([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])

const LONG_SIZE_BYTES = 8

/** Everything before the first block. */
export function encodeMatroskaHeader({ video, audio }: RecordedTracks): Uint8Array {
  const entries = [
    ...(video
      ? [
          trackEntry(VIDEO_TRACK, 1, 'V_UNCOMPRESSED', [
            uint(DEFAULT_DURATION, Math.round(1e9 / video.frameRate)),
            master(VIDEO, [
              uint(PIXEL_WIDTH, video.width),
              uint(PIXEL_HEIGHT, video.height),
              text(UNCOMPRESSED_FOURCC, 'I420'),
              master(COLOUR, [
                uint(MATRIX_COEFFICIENTS, SMPTE_170M),
                uint(COLOUR_RANGE, BROADCAST_RANGE),
                uint(TRANSFER_CHARACTERISTICS, SMPTE_170M),
                uint(COLOUR_PRIMARIES, SMPTE_170M),
              ]),
            ]),
          ]),
        ]
      : []),
    ...(audio
      ? [
          trackEntry(AUDIO_TRACK, 2, 'A_PCM/INT/LIT', [
            master(AUDIO, [
              float(SAMPLING_FREQUENCY, audio.sampleRate),
              uint(CHANNELS, audio.channelCount),
              uint(BIT_DEPTH, 16),
            ]),
          ]),
        ]
      : []),
  ]
  return concatenate([ebmlHeader(), idOf(SEGMENT), UNKNOWN_SIZE, info(), master(TRACKS, entries)])
}

/**
 * What goes before `byteLength` bytes of a picture or of sound that begins at `timeMs`. Each block is a cluster of its
 * own, so that no time is relative to another.
 */
export function encodeMatroskaBlock(kind: MediaKind, timeMs: number, byteLength: number): Uint8Array {
  const track = kind === 'video' ? VIDEO_TRACK : AUDIO_TRACK
  // Track number, time relative to the cluster, and the flag of a key frame: raw pictures are all of them.
  const blockHeader = new Uint8Array([0x80 | track, 0, 0, 0x80])
  const timestamp = uint(CLUSTER_TIMESTAMP, Math.round(timeMs))
  const block = concatenate([
    idOf(SIMPLE_BLOCK),
    sizeOf(blockHeader.length + byteLength, LONG_SIZE_BYTES),
    blockHeader,
  ])
  const clusterBytes = timestamp.length + block.length + byteLength
  return concatenate([idOf(CLUSTER), sizeOf(clusterBytes, LONG_SIZE_BYTES), timestamp, block])
}

function ebmlHeader(): Uint8Array {
  return master(EBML, [
    uint(EBML_VERSION, 1),
    uint(EBML_READ_VERSION, 1),
    uint(EBML_MAX_ID_LENGTH, 4),
    uint(EBML_MAX_SIZE_LENGTH, 8),
    text(DOC_TYPE, 'matroska'),
    uint(DOC_TYPE_VERSION, 4),
    uint(DOC_TYPE_READ_VERSION, 2),
  ])
}

function info(): Uint8Array {
  return master(INFO, [
    uint(TIMESTAMP_SCALE, TIMESTAMP_SCALE_NS),
    text(MUXING_APP, 'webrtc-cli'),
    text(WRITING_APP, 'webrtc-cli'),
  ])
}

function trackEntry(number: number, type: number, codecId: string, rest: readonly Uint8Array[]): Uint8Array {
  return master(TRACK_ENTRY, [
    uint(TRACK_NUMBER, number),
    uint(TRACK_UID, number),
    uint(TRACK_TYPE, type),
    uint(FLAG_LACING, 0),
    text(CODEC_ID, codecId),
    ...rest,
  ])
}

function master(id: number, children: readonly Uint8Array[]): Uint8Array {
  return element(id, concatenate(children))
}

function text(id: number, value: string): Uint8Array {
  return element(id, new TextEncoder().encode(value))
}

function float(id: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value)
  return element(id, bytes)
}

function uint(id: number, value: number): Uint8Array {
  return element(id, bigEndian(value))
}

function element(id: number, content: Uint8Array): Uint8Array {
  return concatenate([idOf(id), sizeOf(content.length, 4), content])
}

function idOf(id: number): Uint8Array {
  return bigEndian(id)
}

/** A size with its length marker (RFC 8794 §4): the first bit set among those of the first byte. */
function sizeOf(bytes: number, length: number): Uint8Array {
  const encoded = new Uint8Array(length)
  let rest = bytes
  for (let index = length - 1; index >= 0; index--) {
    encoded[index] = rest % 256
    rest = Math.floor(rest / 256)
  }
  encoded[0] = (encoded[0] ?? 0) | (1 << (8 - length))
  return encoded
}

/** The fewest bytes that hold the value, at least one. */
function bigEndian(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.unshift(rest % 256)
    rest = Math.floor(rest / 256)
  } while (rest > 0)
  return new Uint8Array(bytes)
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

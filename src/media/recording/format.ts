import { PeerError } from '../../errors.js'
import type { MediaKind } from '../../sdp/media-kind.js'

/** What `--record` writes, in the words of the file's extension. */
export const RECORDING_FORMATS = ['webm', 'mkv', 'mp4', 'ogg', 'y4m', 'wav'] as const
export type RecordingFormat = (typeof RECORDING_FORMATS)[number]

type Kinds = readonly MediaKind[]

const KINDS: Readonly<Record<RecordingFormat, Kinds>> = {
  webm: ['video', 'audio'],
  mkv: ['video', 'audio'],
  mp4: ['video', 'audio'],
  ogg: ['audio'],
  y4m: ['video'],
  wav: ['audio'],
}

/** What a file of this format can hold. */
export function kindsOf(format: RecordingFormat): Kinds {
  return KINDS[format]
}

/** What has to be encoded; the others are written as they come. */
export type EncodedFormat = Exclude<RecordingFormat, 'y4m' | 'wav'>

export function isEncoded(format: RecordingFormat): format is EncodedFormat {
  return format !== 'y4m' && format !== 'wav'
}

/** The format that `path` ends in; throws USAGE with the list of those there are. */
export function formatOfPath(path: string): RecordingFormat {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase()
  const format = RECORDING_FORMATS.find((known) => known === extension)
  if (format) return format
  throw new PeerError(
    'USAGE',
    `--record must end in one of ${RECORDING_FORMATS.map((known) => `.${known}`).join(', ')}, got ${JSON.stringify(path.slice(0, 200))}.`,
    { hint: 'Or say what it is to be with --record-format.' },
  )
}

/** `call.webm` with the number of a segment, `call-0003.webm`; segments are counted from 1. */
export function segmentPath(path: string, segment: number): string {
  const number = String(segment + 1).padStart(4, '0')
  return /\.[^./\\]+$/.test(path) ? path.replace(/(\.[^./\\]+)$/, `-${number}$1`) : `${path}-${number}`
}

import { PeerError } from '../errors.js'
import type { ByteReader } from './byte-reader.js'
import type { AudioFormat } from './ports.js'

/** The samples of a file are of another kind than 16-bit PCM. */
export class UnsupportedWavError extends PeerError {}

/** WAVE_FORMAT_PCM and WAVE_FORMAT_EXTENSIBLE (Microsoft, "Multiple channel audio data and WAVE files"). */
const PCM = 1
const EXTENSIBLE = 0xfffe

/** Chunks before the samples (names, cover art) are passed over, within reason. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024
const MAX_FORMAT_BYTES = 64

export interface WavHeader extends AudioFormat {
  /** Of the samples; what a recorder that was streaming wrote there may be far too much. */
  dataBytes: number
}

/** Reads up to the first sample. Throws INPUT_INVALID where it is no wav, UnsupportedWavError for other samples. */
export async function readWavHeader(reader: ByteReader, name: string): Promise<WavHeader> {
  const riff = await readBytes(reader, 12, name)
  if (textAt(riff, 0) !== 'RIFF' || textAt(riff, 8) !== 'WAVE') {
    throw new PeerError('INPUT_INVALID', `${name} is no wav: it does not begin with RIFF and WAVE.`)
  }
  let format: AudioFormat | undefined
  for (;;) {
    const head = await readBytes(reader, 8, name)
    const [id, bytes] = [textAt(head, 0), viewOf(head).getUint32(4, true)]
    if (id === 'data') {
      if (format === undefined)
        throw new PeerError('INPUT_INVALID', `${name} is broken: its samples have no format.`)
      return { ...format, dataBytes: bytes }
    }
    if (bytes > (id === 'fmt ' ? MAX_FORMAT_BYTES : MAX_CHUNK_BYTES)) {
      throw new PeerError('INPUT_INVALID', `${name} is broken: a part of it claims ${bytes} bytes.`)
    }
    // Chunks begin at even positions.
    const chunk = await readBytes(reader, bytes + (bytes % 2), name)
    if (id === 'fmt ') format = readFormat(chunk, name)
  }
}

function readFormat(chunk: Uint8Array, name: string): AudioFormat {
  if (chunk.length < 16) throw new PeerError('INPUT_INVALID', `${name} is broken: its format is cut short.`)
  const view = viewOf(chunk)
  const tag = view.getUint16(0, true)
  const subTag = tag === EXTENSIBLE && chunk.length >= 26 ? view.getUint16(24, true) : tag
  const bitsPerSample = view.getUint16(14, true)
  const format = { channelCount: view.getUint16(2, true), sampleRate: view.getUint32(4, true) }
  if (format.channelCount === 0 || format.sampleRate === 0) {
    throw new PeerError(
      'INPUT_INVALID',
      `${name} is broken: it has ${format.channelCount} channels at ${format.sampleRate} Hz.`,
    )
  }
  if (subTag === PCM && bitsPerSample === 16) return format
  throw new UnsupportedWavError(
    'INPUT_INVALID',
    `${name} has samples of ${bitsPerSample} bits and format ${subTag}.`,
    {
      hint: 'Only 16-bit PCM is read here; ffmpeg converts it with -c:a pcm_s16le.',
    },
  )
}

async function readBytes(reader: ByteReader, count: number, name: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(count)
  if (count === 0 || (await reader.readInto(bytes))) return bytes
  throw new PeerError('INPUT_INVALID', `${name} ends before its first sample.`)
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

function textAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4))
}

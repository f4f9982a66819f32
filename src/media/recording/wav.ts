import type { RecordedAudio } from './ports.js'

const WAV_HEADER_BYTES = 44

/** RIFF counts in 32 bits; players take this to mean "until the end of the file". */
const MAX_SIZE = 0xffff_ffff

/** The header of a RIFF WAVE file of 16-bit PCM with `dataBytes` of samples behind it. */
export function encodeWavHeader({ sampleRate, channelCount }: RecordedAudio, dataBytes: number): Uint8Array {
  const header = new Uint8Array(WAV_HEADER_BYTES)
  const view = new DataView(header.buffer)
  const frameBytes = channelCount * 2
  header.set(ascii('RIFF'), 0)
  view.setUint32(4, Math.min(WAV_HEADER_BYTES - 8 + dataBytes, MAX_SIZE), true)
  header.set(ascii('WAVEfmt '), 8)
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, channelCount, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * frameBytes, true)
  view.setUint16(32, frameBytes, true)
  view.setUint16(34, 16, true)
  header.set(ascii('data'), 36)
  view.setUint32(40, Math.min(dataBytes, MAX_SIZE), true)
  return header
}

function ascii(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { PeerError } from '../../errors.js'
import { describeSystemError } from './system-error.js'

/** 8-bit RGB, three bytes a pixel; what is transparent is shown on black. */
export interface RgbImage {
  width: number
  height: number
  data: Uint8Array
}

/** The PNG is of a kind that only ffmpeg reads here: interlaced, or of other than 8 bits. */
class UnsupportedPngError extends PeerError {}

const SIGNATURE = '89504e470d0a1a0a'

/** Samples of a pixel by colour type (PNG §11.2.2). */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Of the file, and of a side; more than any screen has. */
const MAX_FILE_BYTES = 256 * 1024 * 1024
const MAX_SIDE = 16_384

const inflateAsync = promisify(inflate)

/** Reads a PNG of 8 bits that is not interlaced, as most are; INPUT_INVALID where it is broken. */
export async function readPng(path: string): Promise<RgbImage> {
  const bytes = await readBounded(path)
  if (bytes.subarray(0, 8).toString('hex') !== SIGNATURE) throw broken(path, 'it is no PNG')
  const chunks = readChunks(bytes, path)
  const header = chunks.find(({ type }) => type === 'IHDR')?.data
  if (header === undefined || header.length < 13) throw broken(path, 'it has no header')
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth, colourType, interlace] = [header.readUInt8(8), header.readUInt8(9), header.readUInt8(12)]
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) throw broken(path, 'its size is none')
  const channels = CHANNELS[colourType]
  if (depth !== 8 || interlace !== 0 || channels === undefined) {
    throw new UnsupportedPngError('INPUT_INVALID', `${path} is a PNG of ${depth} bits, type ${colourType}.`, {
      hint: 'Without ffmpeg only 8 bits that are not interlaced are read.',
    })
  }
  const rowBytes = width * channels
  const compressed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data))
  const rows = await inflateAsync(compressed, { maxOutputLength: (rowBytes + 1) * height }).catch(
    () => undefined,
  )
  if (rows?.length !== (rowBytes + 1) * height) throw broken(path, 'its pixels are cut off')
  const samples = unfilter(rows, rowBytes, channels)
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data ?? Buffer.alloc(0)
  return { width, height, data: toRgb(samples, channels, colourType === 3 ? palette : undefined) }
}

async function readBounded(path: string): Promise<Buffer> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw broken(path, 'it is too large')
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof PeerError) throw cause
    throw new PeerError('INPUT_UNREADABLE', `Cannot read ${path}: ${describeSystemError(cause)}.`, { cause })
  }
}

function readChunks(bytes: Buffer, path: string): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = []
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    if (at + 12 + length > bytes.length) throw broken(path, 'it is cut off')
    chunks.push({
      type: bytes.toString('latin1', at + 4, at + 8),
      data: bytes.subarray(at + 8, at + 8 + length),
    })
    at += 12 + length
  }
  return chunks
}

/** Undoes the filter of each row (PNG §9.2), in place over the row's own bytes. */
function unfilter(rows: Buffer, rowBytes: number, channels: number): Uint8Array {
  const samples = new Uint8Array((rows.length / (rowBytes + 1)) * rowBytes)
  for (let row = 0, at = 0; at < rows.length; row++, at += rowBytes + 1) {
    const filter = rows[at] ?? 0
    const start = row * rowBytes
    for (let column = 0; column < rowBytes; column++) {
      const left = column < channels ? 0 : (samples[start + column - channels] ?? 0)
      const up = row === 0 ? 0 : (samples[start + column - rowBytes] ?? 0)
      const corner = row === 0 || column < channels ? 0 : (samples[start + column - rowBytes - channels] ?? 0)
      samples[start + column] = (rows[at + 1 + column] ?? 0) + predictor(filter, left, up, corner)
    }
  }
  return samples
}

function predictor(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 1:
      return left
    case 2:
      return up
    case 3:
      return (left + up) >> 1
    case 4:
      return paeth(left, up, corner)
    default:
      return 0
  }
}

/** PNG §9.4. */
function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(estimate - value))
  if ((toLeft ?? 0) <= (toUp ?? 0) && (toLeft ?? 0) <= (toCorner ?? 0)) return left
  return (toUp ?? 0) <= (toCorner ?? 0) ? up : corner
}

/** Grey and palette become three samples; alpha is the part that is there before black. */
function toRgb(samples: Uint8Array, channels: number, palette: Buffer | undefined): Uint8Array {
  const rgb = new Uint8Array((samples.length / channels) * 3)
  const hasAlpha = channels === 2 || channels === 4
  for (let from = 0, to = 0; from < samples.length; from += channels, to += 3) {
    const alpha = hasAlpha ? (samples[from + channels - 1] ?? 255) / 255 : 1
    for (let part = 0; part < 3; part++) {
      const value = palette
        ? (palette[(samples[from] ?? 0) * 3 + part] ?? 0)
        : (samples[from + (channels >= 3 ? part : 0)] ?? 0)
      rgb[to + part] = Math.round(value * alpha)
    }
  }
  return rgb
}

function broken(path: string, reason: string): PeerError {
  return new PeerError('INPUT_INVALID', `Cannot read ${path}: ${reason}.`)
}

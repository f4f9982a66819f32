import { PeerError } from '../errors.js'
import type { ByteReader } from './byte-reader.js'
import type { VideoSize } from './video-size.js'

/** The header and its parameters; a longer line is no y4m. */
const MAX_LINE_BYTES = 1_024

const MAGIC = 'YUV4MPEG2'

/** 8 bits, chroma at half width and height; where exactly its samples lie is of no matter to what is shown. */
const I420_SPACES = ['420', '420jpeg', '420mpeg2', '420paldv']

/** Thrown for a y4m that is one, but not of 8-bit 4:2:0. */
export class UnsupportedY4mError extends PeerError {}

/** Reads the first line; `name` is what errors call the stream. Throws INPUT_INVALID where it is no y4m. */
export async function readY4mHeader(reader: ByteReader, name: string): Promise<VideoSize> {
  const magic = new Uint8Array(MAGIC.length)
  await reader.readInto(magic, { isPartial: true })
  const isY4m = String.fromCharCode(...magic) === MAGIC
  // What is no y4m may have no line that ends.
  const [rest, ...parameters] = isY4m ? ((await reader.readLine(MAX_LINE_BYTES)) ?? '').split(' ') : []
  if (rest !== '') {
    throw new PeerError('INPUT_INVALID', `${name} is no y4m: it does not begin with ${MAGIC}.`, {
      hint: 'ffmpeg makes one: ffmpeg -i INPUT -pix_fmt yuv420p -f yuv4mpegpipe OUTPUT.y4m',
    })
  }
  const valueOf = (key: string) => parameters.find((parameter) => parameter.startsWith(key))?.slice(1)
  const space = valueOf('C') ?? '420'
  if (!I420_SPACES.includes(space)) {
    throw new UnsupportedY4mError('INPUT_INVALID', `${name} has the pixel format "${space.slice(0, 20)}".`, {
      hint: 'Only 8-bit 4:2:0 is read here; ffmpeg converts it with -pix_fmt yuv420p.',
    })
  }
  const [width, height] = [Number(valueOf('W')), Number(valueOf('H'))]
  const [frames, seconds] = (valueOf('F') ?? '').split(':').map(Number)
  const frameRate = (frames ?? 0) / (seconds ?? 0)
  if (!isSide(width) || !isSide(height) || !(frameRate > 0 && frameRate <= 1000)) {
    throw new PeerError(
      'INPUT_INVALID',
      `${name} does not say its size and frame rate: "${parameters.join(' ').slice(0, 80)}".`,
    )
  }
  return { width, height, frameRate }
}

/** Fills `target`, as long as the header's I420, with the next picture; false at the end. */
export async function readY4mFrame(reader: ByteReader, target: Uint8Array, name: string): Promise<boolean> {
  const line = await reader.readLine(MAX_LINE_BYTES)
  if (line === null) return false
  if (!/^FRAME( |$)/.test(line)) {
    throw new PeerError('INPUT_INVALID', `${name} is broken: a picture of it does not begin with FRAME.`)
  }
  if (await reader.readInto(target)) return true
  throw new PeerError('INPUT_INVALID', `${name} ends within a picture.`)
}

/** The bound keeps a hostile header from asking for gigabytes. */
function isSide(pixels: number): boolean {
  return Number.isInteger(pixels) && pixels >= 1 && pixels <= 16_384
}

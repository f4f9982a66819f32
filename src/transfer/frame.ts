import { PeerError } from '../errors.js'

/**
 * Binary frames on a data channel, big-endian.
 *
 *   DATA  0 type=1 | 1 encoding | 2..3 zero | 4 sequence | 8 file | 12 offset (8 bytes) | 20 bytes of the file
 *         with an encoding other than 0: | 20 length of the bytes of the file (4 bytes) | 24 those bytes, encoded
 *   ACK   0 type=2 | 1..3 zero | 4 sequence below which all has arrived | 8 window in bytes | 12 those beyond, 4 each
 *
 * Sequence numbers count the DATA frames of one channel from 0. Every DATA frame names its file and offset, so that
 * nothing depends on the channel it came by or on the order. Bytes beyond the end of that file are of the next ones in
 * the manifest, so that one frame carries many small files. Encoding 1 is DEFLATE (RFC 1951), each frame by itself.
 */
export const DATA_HEADER_BYTES = 20
export const ACK_HEADER_BYTES = 12

const DATA = 1
const ACK = 2
const PLAIN = 0
const DEFLATE = 1
const ENCODED_HEADER_BYTES = DATA_HEADER_BYTES + 4

/** What one frame may become: a small one that unfolds into much is no way to fill memory. */
export const MAX_CONTENT_BYTES = 256 * 1024

const HIGH_WORD = 2 ** 32

/**
 * From the oldest frame that was not acknowledged to the newest on the way: as many wait for the oldest at most,
 * however small they are. It bounds what the receiver has to remember and the length of an ACK.
 */
export const MAX_FRAME_SPAN = 4096

/** What the bytes of a frame are where they are not those of the file. */
export interface Encoded {
  as: 'deflate'
  /** Of the file, once decoded. */
  contentBytes: number
}

export type Frame =
  | ({ type: 'data' } & DataFrame)
  | { type: 'ack'; below: number; windowBytes: number; beyond: readonly number[] }

export interface DataFrame {
  sequence: number
  file: number
  offset: number
  chunk: Uint8Array
  encoded?: Encoded
}

export function encodeDataFrame({ sequence, file, offset, chunk, encoded }: DataFrame): Uint8Array {
  const headerBytes = encoded ? ENCODED_HEADER_BYTES : DATA_HEADER_BYTES
  const bytes = new Uint8Array(headerBytes + chunk.byteLength)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, DATA)
  view.setUint32(4, sequence)
  view.setUint32(8, file)
  view.setUint32(12, Math.floor(offset / HIGH_WORD))
  view.setUint32(16, offset % HIGH_WORD)
  if (encoded) {
    view.setUint8(1, DEFLATE)
    view.setUint32(DATA_HEADER_BYTES, encoded.contentBytes)
  }
  bytes.set(chunk, headerBytes)
  return bytes
}

export function encodeAckFrame(below: number, windowBytes: number, beyond: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(ACK_HEADER_BYTES + 4 * beyond.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, ACK)
  view.setUint32(4, below)
  view.setUint32(8, windowBytes)
  beyond.forEach((sequence, index) => view.setUint32(ACK_HEADER_BYTES + 4 * index, sequence))
  return bytes
}

/** The chunk of a data frame is a view of `bytes`. PROTOCOL_VIOLATION for anything that is not a frame. */
export function decodeFrame(bytes: Uint8Array | string): Frame {
  if (typeof bytes === 'string' || bytes.byteLength < ACK_HEADER_BYTES)
    throw violation('a message that is no frame')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const type = view.getUint8(0)
  const encoding = view.getUint8(1)
  if (view.getUint16(2) !== 0) throw violation('a frame with unknown flags')
  if (encoding !== PLAIN && !(encoding === DEFLATE && type === DATA))
    throw violation('a frame of unknown encoding')
  if (type === DATA && bytes.byteLength >= DATA_HEADER_BYTES) return decodeData(bytes, view)
  if (type === ACK && bytes.byteLength % 4 === 0) return decodeAck(view)
  throw violation(`a frame of unknown type ${type}`)
}

function decodeData(bytes: Uint8Array, view: DataView): Frame {
  const offset = view.getUint32(12) * HIGH_WORD + view.getUint32(16)
  if (!Number.isSafeInteger(offset)) throw violation('a frame with an impossible offset')
  const frame = { type: 'data', sequence: view.getUint32(4), file: view.getUint32(8), offset } as const
  if (view.getUint8(1) === PLAIN) return { ...frame, chunk: bytes.subarray(DATA_HEADER_BYTES) }
  if (bytes.byteLength <= ENCODED_HEADER_BYTES) throw violation('a frame with nothing encoded in it')
  const contentBytes = view.getUint32(DATA_HEADER_BYTES)
  if (contentBytes === 0 || contentBytes > MAX_CONTENT_BYTES)
    throw violation(`a frame that is to become ${contentBytes} bytes`)
  return { ...frame, chunk: bytes.subarray(ENCODED_HEADER_BYTES), encoded: { as: 'deflate', contentBytes } }
}

function decodeAck(view: DataView): Frame {
  const count = (view.byteLength - ACK_HEADER_BYTES) / 4
  if (count > MAX_FRAME_SPAN) throw violation(`an ACK of ${count} frames`)
  const beyond = Array.from({ length: count }, (_, index) => view.getUint32(ACK_HEADER_BYTES + 4 * index))
  return { type: 'ack', below: view.getUint32(4), windowBytes: view.getUint32(8), beyond }
}

function violation(what: string): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `The peer sent ${what} on a data channel.`)
}

import { PeerError } from '../errors.js'

/**
 * Binary frames on the data channel, big-endian, 16 bytes of header:
 *
 *   0       1       2       4                   8                               16
 *   +-------+-------+-------+-------------------+-------------------------------+---------
 *   | type  |   0   |   0   | file (DATA)       | offset (DATA)                 | bytes
 *   |       |       |       | window (ACK)      | bytes received so far (ACK)   |
 *   +-------+-------+-------+-------------------+-------------------------------+---------
 *
 * Every DATA frame names its file and offset, so that nothing depends on the order or the channel it came by.
 */
export const FRAME_HEADER_BYTES = 16

const DATA = 1
const ACK = 2

const HIGH_WORD = 2 ** 32

export type Frame =
  | { type: 'data'; file: number; offset: number; chunk: Uint8Array }
  | { type: 'ack'; receivedBytes: number; windowBytes: number }

export function encodeDataFrame(file: number, offset: number, chunk: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + chunk.byteLength)
  writeHeader(bytes, DATA, file, offset)
  bytes.set(chunk, FRAME_HEADER_BYTES)
  return bytes
}

/** `receivedBytes` counts from the start of the channel; the sender may have `windowBytes` more on the way. */
export function encodeAckFrame(receivedBytes: number, windowBytes: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES)
  writeHeader(bytes, ACK, windowBytes, receivedBytes)
  return bytes
}

/** The chunk of a data frame is a view of `bytes`. PROTOCOL_VIOLATION for anything that is not a frame. */
export function decodeFrame(bytes: Uint8Array | string): Frame {
  if (typeof bytes === 'string' || bytes.byteLength < FRAME_HEADER_BYTES)
    throw violation('a message that is no frame')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const type = view.getUint8(0)
  const word = view.getUint32(4)
  const position = view.getUint32(8) * HIGH_WORD + view.getUint32(12)
  if (view.getUint8(1) !== 0 || view.getUint16(2) !== 0) throw violation('a frame with unknown flags')
  if (!Number.isSafeInteger(position)) throw violation('a frame with an impossible offset')
  if (type === DATA)
    return { type: 'data', file: word, offset: position, chunk: bytes.subarray(FRAME_HEADER_BYTES) }
  if (type === ACK && bytes.byteLength === FRAME_HEADER_BYTES) {
    return { type: 'ack', receivedBytes: position, windowBytes: word }
  }
  throw violation(`a frame of unknown type ${type}`)
}

function writeHeader(bytes: Uint8Array, type: number, word: number, position: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER_BYTES)
  view.setUint8(0, type)
  view.setUint32(4, word)
  view.setUint32(8, Math.floor(position / HIGH_WORD))
  view.setUint32(12, position % HIGH_WORD)
}

function violation(what: string): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `The peer sent ${what} on the data channel.`)
}

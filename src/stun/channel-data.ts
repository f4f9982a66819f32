/** ChannelData (RFC 8656 §12.4): application data behind four bytes instead of a STUN message. */

export const FIRST_CHANNEL = 0x4000

const HEADER_BYTES = 4

/** One message for a channel; padded to four bytes, which a stream needs and a datagram may have. */
export function encodeChannelData(channel: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((HEADER_BYTES + data.length) / 4) * 4)
  bytes.set(encodeChannelHeader(channel, data.length))
  bytes.set(data, HEADER_BYTES)
  return bytes
}

/** What goes before the data, for a datagram that is put together without a copy. */
export function encodeChannelHeader(channel: number, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, channel)
  view.setUint16(2, dataBytes)
  return bytes
}

/** Undefined where it is no ChannelData or is cut. */
export function decodeChannelData(bytes: Uint8Array): { channel: number; data: Uint8Array } | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const channel = view.getUint16(0)
  const length = view.getUint16(2)
  if (channel < FIRST_CHANNEL || channel > 0x4fff || HEADER_BYTES + length > bytes.length) return undefined
  return { channel, data: bytes.subarray(HEADER_BYTES, HEADER_BYTES + length) }
}

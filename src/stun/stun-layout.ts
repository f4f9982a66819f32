/** How a STUN message lies in its bytes (RFC 8489 §5): a header of 20, then attributes in multiples of four. */

export const HEADER_BYTES = 20
export const MAGIC_COOKIE = 0x2112a442
export const TRANSACTION_ID_BYTES = 12

/** Where an attribute has its value, which may end behind the message. */
export interface AttributeSpan {
  type: number
  /** Of the value. */
  offset: number
  length: number
}

/** The attributes in order, however the message ends. */
export function* attributesOf(bytes: Uint8Array): Generator<AttributeSpan> {
  const view = viewOf(bytes)
  let offset = HEADER_BYTES
  while (offset + 4 <= bytes.length) {
    const length = view.getUint16(offset + 2)
    yield { type: view.getUint16(offset), offset: offset + 4, length }
    offset += 4 + paddedLength(length)
  }
}

/** Type, length and value, filled up to a multiple of four (RFC 8489 §14). */
export function encodeAttribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + paddedLength(value.length))
  const view = viewOf(bytes)
  view.setUint16(0, type)
  view.setUint16(2, value.length)
  bytes.set(value, 4)
  return bytes
}

/** Writes the length of a message that has so many bytes in all. */
export function setLength(bytes: Uint8Array, totalBytes: number): void {
  viewOf(bytes).setUint16(2, totalBytes - HEADER_BYTES)
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, { length }) => total + length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

function paddedLength(length: number): number {
  return Math.ceil(length / 4) * 4
}

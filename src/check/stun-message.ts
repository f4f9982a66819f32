import { crc32 } from 'node:zlib'
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** STUN messages (RFC 8489 §5): a header of 20 bytes and attributes in multiples of four bytes. */

export const METHOD = {
  BINDING: 0x001,
  ALLOCATE: 0x003,
  REFRESH: 0x004,
  SEND: 0x006,
  DATA: 0x007,
  CREATE_PERMISSION: 0x008,
  CHANNEL_BIND: 0x009,
} as const

const CLASSES = ['request', 'indication', 'success', 'error'] as const
export type StunClass = (typeof CLASSES)[number]

export interface StunAttribute {
  type: number
  value: Uint8Array
}

export interface StunMessage {
  class: StunClass
  method: number
  /** 12 bytes. */
  transactionId: Uint8Array
  attributes: StunAttribute[]
}

/** A message that was received: the bytes are needed to verify it. */
export interface ReceivedStunMessage extends StunMessage {
  bytes: Uint8Array
}

export interface SealOptions {
  /** Adds MESSAGE-INTEGRITY, or MESSAGE-INTEGRITY-SHA256, with this key. */
  integrity?: { key: Uint8Array; algorithm?: 'sha1' | 'sha256' }
  /** Adds FINGERPRINT. */
  fingerprint?: boolean
}

export const HEADER_BYTES = 20
const MAGIC_COOKIE = 0x2112a442
const TRANSACTION_ID_BYTES = 12

const MESSAGE_INTEGRITY = 0x0008
const MESSAGE_INTEGRITY_SHA256 = 0x001c
const FINGERPRINT = 0x8028
const FINGERPRINT_XOR = 0x5354554e

/** No response of a well-behaved server comes near; more attributes are not looked at. */
const MAX_ATTRIBUTES = 64

const INTEGRITY = {
  sha1: { type: MESSAGE_INTEGRITY, bytes: 20 },
  sha256: { type: MESSAGE_INTEGRITY_SHA256, bytes: 32 },
} as const

export function createTransactionId(): Uint8Array {
  return Uint8Array.from(randomBytes(TRANSACTION_ID_BYTES))
}

/** The message as it goes on the wire; FINGERPRINT comes last and integrity before it (RFC 8489 §14.5 to §14.7). */
export function encodeStunMessage(
  message: StunMessage,
  { integrity, fingerprint }: SealOptions = {},
): Uint8Array {
  let bytes = concatenate([
    encodeHeader(message),
    ...message.attributes.map(({ type, value }) => encodeAttribute(type, value)),
  ])
  setLength(bytes, bytes.length)
  if (integrity) {
    const { type, bytes: size } = INTEGRITY[integrity.algorithm ?? 'sha1']
    bytes = appendSealed(bytes, type, size, (covered) => hmac(integrity, covered))
  }
  if (fingerprint) bytes = appendSealed(bytes, FINGERPRINT, 4, fingerprintOf)
  return bytes
}

/**
 * Reads what arrived; undefined where it is not exactly one STUN message. Whatever the bytes, it neither throws nor
 * keeps more than they hold.
 */
export function decodeStunMessage(bytes: Uint8Array): ReceivedStunMessage | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const view = viewOf(bytes)
  const type = view.getUint16(0)
  const length = view.getUint16(2)
  if (type > 0x3fff || length % 4 !== 0 || view.getUint32(4) !== MAGIC_COOKIE) return undefined
  if (HEADER_BYTES + length !== bytes.length) return undefined
  const attributes = decodeAttributes(bytes)
  if (attributes === undefined) return undefined
  return {
    class: CLASSES[((type >> 7) & 2) | ((type >> 4) & 1)] ?? 'request',
    method: ((type >> 2) & 0xf80) | ((type >> 1) & 0x70) | (type & 0xf),
    transactionId: bytes.slice(8, HEADER_BYTES),
    attributes,
    bytes,
  }
}

export type Verdict = 'valid' | 'invalid' | 'absent'

/** Whether the message was sealed with this key; SHA-256 is looked at first where both are there (RFC 8489 §9.2.5). */
export function verifyIntegrity(message: ReceivedStunMessage, key: Uint8Array): Verdict {
  for (const algorithm of ['sha256', 'sha1'] as const) {
    const { type, bytes } = INTEGRITY[algorithm]
    const found = findSeal(message.bytes, type)
    if (found === undefined) continue
    const expected = hmac({ key, algorithm }, coveredBy(message.bytes, found.offset, bytes))
    return sameBytes(found.value, expected) ? 'valid' : 'invalid'
  }
  return 'absent'
}

export function verifyFingerprint(message: ReceivedStunMessage): Verdict {
  const found = findSeal(message.bytes, FINGERPRINT)
  if (found === undefined) return 'absent'
  const expected = fingerprintOf(coveredBy(message.bytes, found.offset, 4))
  return sameBytes(found.value, expected) ? 'valid' : 'invalid'
}

function encodeHeader({ class: messageClass, method, transactionId }: StunMessage): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  const classBits = CLASSES.indexOf(messageClass)
  const type =
    ((method & 0xf80) << 2) |
    ((method & 0x70) << 1) |
    (method & 0xf) |
    ((classBits & 2) << 7) |
    ((classBits & 1) << 4)
  const view = viewOf(bytes)
  view.setUint16(0, type)
  view.setUint32(4, MAGIC_COOKIE)
  bytes.set(transactionId.subarray(0, TRANSACTION_ID_BYTES), 8)
  return bytes
}

function encodeAttribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + paddedLength(value.length))
  const view = viewOf(bytes)
  view.setUint16(0, type)
  view.setUint16(2, value.length)
  bytes.set(value, 4)
  return bytes
}

function decodeAttributes(bytes: Uint8Array): StunAttribute[] | undefined {
  const attributes: StunAttribute[] = []
  for (const { type, offset, length } of attributesOf(bytes)) {
    if (offset + length > bytes.length) return undefined
    if (attributes.length === MAX_ATTRIBUTES) break
    attributes.push({ type, value: bytes.slice(offset, offset + length) })
  }
  return attributes
}

function* attributesOf(bytes: Uint8Array): Generator<{ type: number; offset: number; length: number }> {
  const view = viewOf(bytes)
  let offset = HEADER_BYTES
  while (offset + 4 <= bytes.length) {
    const length = view.getUint16(offset + 2)
    yield { type: view.getUint16(offset), offset: offset + 4, length }
    offset += 4 + paddedLength(length)
  }
}

/** Appends an attribute whose value is computed over all before it, with a length that counts it already. */
function appendSealed(
  bytes: Uint8Array,
  type: number,
  size: number,
  seal: (covered: Uint8Array) => Uint8Array,
): Uint8Array {
  const sealed = concatenate([bytes, encodeAttribute(type, new Uint8Array(size))])
  setLength(sealed, sealed.length)
  sealed.set(seal(sealed.subarray(0, bytes.length)), bytes.length + 4)
  return sealed
}

function findSeal(bytes: Uint8Array, wanted: number): { offset: number; value: Uint8Array } | undefined {
  for (const { type, offset, length } of attributesOf(bytes)) {
    if (type === wanted) return { offset: offset - 4, value: bytes.subarray(offset, offset + length) }
  }
  return undefined
}

/** What a seal at `offset` was computed over: the bytes before it, with the length as if it were the last. */
function coveredBy(bytes: Uint8Array, offset: number, size: number): Uint8Array {
  const covered = bytes.slice(0, offset)
  setLength(covered, offset + 4 + size)
  return covered
}

function hmac(
  { key, algorithm = 'sha1' }: NonNullable<SealOptions['integrity']>,
  data: Uint8Array,
): Uint8Array {
  return createHmac(algorithm, key).update(data).digest()
}

function fingerprintOf(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4)
  viewOf(bytes).setUint32(0, (crc32(data) ^ FINGERPRINT_XOR) >>> 0)
  return bytes
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}

function setLength(bytes: Uint8Array, totalBytes: number): void {
  viewOf(bytes).setUint16(2, totalBytes - HEADER_BYTES)
}

function paddedLength(length: number): number {
  return Math.ceil(length / 4) * 4
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, { length }) => total + length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

import { randomBytes } from 'node:crypto'
import {
  attributesOf,
  concatenate,
  encodeAttribute,
  HEADER_BYTES,
  MAGIC_COOKIE,
  setLength,
  TRANSACTION_ID_BYTES,
  viewOf,
} from './stun-layout.js'
import { isIntegrity, isSeal, seal, type SealOptions } from './stun-seals.js'

/** STUN messages (RFC 8489 §5) and the methods of TURN (RFC 8656 §17). */

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

/** No response of a well-behaved server comes near; more attributes are not looked at. */
const MAX_ATTRIBUTES = 64

export function createTransactionId(): Uint8Array {
  return Uint8Array.from(randomBytes(TRANSACTION_ID_BYTES))
}

/** The message as it goes on the wire, with the seals that are asked for. */
export function encodeStunMessage(message: StunMessage, seals: SealOptions = {}): Uint8Array {
  const bytes = concatenate([
    encodeHeader(message),
    ...message.attributes.map(({ type, value }) => encodeAttribute(type, value)),
  ])
  setLength(bytes, bytes.length)
  return seal(bytes, seals)
}

/**
 * Reads what arrived; undefined where it is not exactly one STUN message. Whatever the bytes, it neither throws nor
 * keeps more than they hold, and the values of the attributes are views of them.
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
    transactionId: bytes.subarray(8, HEADER_BYTES),
    attributes,
    bytes,
  }
}

/** Class and method share the first 14 bits, interleaved (RFC 8489 §5, figure 3). */
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

/** Behind an integrity attribute only other seals count: anybody on the way can add more (RFC 8489 §14.5, §14.6). */
function decodeAttributes(bytes: Uint8Array): StunAttribute[] | undefined {
  const attributes: StunAttribute[] = []
  let isBehindIntegrity = false
  for (const { type, offset, length } of attributesOf(bytes)) {
    if (offset + length > bytes.length) return undefined
    if (isBehindIntegrity && !isSeal(type)) continue
    if (attributes.length === MAX_ATTRIBUTES) break
    attributes.push({ type, value: bytes.subarray(offset, offset + length) })
    isBehindIntegrity ||= isIntegrity(type)
  }
  return attributes
}

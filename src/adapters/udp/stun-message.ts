import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { encodeAddress, formatAddress } from './ip-address.js'
import type { UdpEndpoint } from './udp-socket.js'

/** STUN and TURN messages (RFC 8489 §5, RFC 8656), as far as the local end of an impaired link speaks them. */

/** Method and class in one number, as in the first two bytes. */
export const MESSAGE = {
  bindingRequest: 0x0001,
  bindingSuccess: 0x0101,
  allocateRequest: 0x0003,
  refreshRequest: 0x0004,
  createPermissionRequest: 0x0008,
  channelBindRequest: 0x0009,
  sendIndication: 0x0016,
  dataIndication: 0x0017,
} as const

export const SUCCESS = 0x0100
export const ERROR = 0x0110

export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  xorMappedAddress: 0x0020,
} as const

export interface StunMessage {
  type: number
  transactionId: Uint8Array
  attributes: Map<number, Uint8Array>
  /** Where MESSAGE-INTEGRITY begins in `bytes`; undefined where there is none. */
  integrityOffset: number | undefined
  bytes: Buffer
}

const HEADER_BYTES = 20
const MAGIC_COOKIE = 0x2112a442
const INTEGRITY_BYTES = 20
const MASK = [0x21, 0x12, 0xa4, 0x42]

/** Reads one message; undefined where it is none. */
export function readStunMessage(bytes: Buffer): StunMessage | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined
  const attributes = new Map<number, Uint8Array>()
  let integrityOffset: number | undefined
  let offset = HEADER_BYTES
  while (offset + 4 <= bytes.length) {
    const type = bytes.readUInt16BE(offset)
    const end = offset + 4 + bytes.readUInt16BE(offset + 2)
    if (end > bytes.length) return undefined
    if (type === ATTRIBUTE.messageIntegrity) integrityOffset ??= offset
    // Of an attribute that is there twice the first counts, and none behind the seal does (RFC 8489 §14.5).
    else if (integrityOffset === undefined && !attributes.has(type))
      attributes.set(type, bytes.subarray(offset + 4, end))
    offset = padded(end)
  }
  const transactionId = bytes.subarray(8, HEADER_BYTES)
  return { type: bytes.readUInt16BE(0), transactionId, attributes, integrityOffset, bytes }
}

/** One message as it goes on the wire, with MESSAGE-INTEGRITY where a key is given. */
export function writeStunMessage(
  type: number,
  transactionId: Uint8Array,
  attributes: readonly (readonly [type: number, value: Uint8Array])[],
  key?: Uint8Array,
): Buffer {
  const bodyBytes = attributes.reduce((total, [, value]) => total + 4 + padded(value.length), 0)
  const sealBytes = key ? 4 + INTEGRITY_BYTES : 0
  const bytes = Buffer.alloc(HEADER_BYTES + bodyBytes + sealBytes)
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(bodyBytes + sealBytes, 2)
  bytes.writeUInt32BE(MAGIC_COOKIE, 4)
  bytes.set(transactionId, 8)
  let offset = HEADER_BYTES
  const append = (attribute: number, value: Uint8Array) => {
    bytes.writeUInt16BE(attribute, offset)
    bytes.writeUInt16BE(value.length, offset + 2)
    bytes.set(value, offset + 4)
    offset += 4 + padded(value.length)
  }
  for (const [attribute, value] of attributes) append(attribute, value)
  if (key) append(ATTRIBUTE.messageIntegrity, sealOf(bytes.subarray(0, offset), key))
  return bytes
}

/** Whether the message was sealed with this key. */
export function isSealedWith(message: StunMessage, key: Uint8Array): boolean {
  const { bytes, integrityOffset } = message
  if (integrityOffset === undefined) return false
  const covered = Buffer.from(bytes.subarray(0, integrityOffset))
  // The length counts up to the end of the seal, whatever follows it.
  covered.writeUInt16BE(integrityOffset + 4 + INTEGRITY_BYTES - HEADER_BYTES, 2)
  const seal = bytes.subarray(integrityOffset + 4, integrityOffset + 4 + INTEGRITY_BYTES)
  return seal.length === INTEGRITY_BYTES && timingSafeEqual(seal, sealOf(covered, key))
}

/** The key of long-term credentials (RFC 8489 §9.2.2). */
export function credentialKey(username: string, realm: string, password: string): Uint8Array {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest()
}

/** The value of an XOR-…-ADDRESS attribute. */
export function xorAddress({ address, port }: UdpEndpoint, transactionId: Uint8Array): Uint8Array {
  const bytes = encodeAddress(address)
  const value = Uint8Array.from([0, bytes.length === 4 ? 1 : 2, port >> 8, port & 0xff, ...bytes])
  return xored(value, transactionId)
}

/** What such a value says; undefined where it is none. */
export function readXorAddress(
  value: Uint8Array | undefined,
  transactionId: Uint8Array,
): UdpEndpoint | undefined {
  if (value === undefined || value.length !== (value[1] === 1 ? 8 : 20)) return undefined
  const plain = xored(value, transactionId)
  return { address: formatAddress(plain.subarray(4)), port: ((plain[2] ?? 0) << 8) | (plain[3] ?? 0) }
}

/** Port and address, XORed with the magic cookie and the transaction id (RFC 8489 §14.2); the same undoes it. */
function xored(value: Uint8Array, transactionId: Uint8Array): Uint8Array {
  const mask = [...MASK, ...transactionId]
  return value.map((byte, index) =>
    index < 2 ? byte : byte ^ (mask[index < 4 ? index - 2 : index - 4] ?? 0),
  )
}

function sealOf(covered: Uint8Array, key: Uint8Array): Uint8Array {
  return createHmac('sha1', key).update(covered).digest()
}

function padded(length: number): number {
  return (length + 3) & ~3
}

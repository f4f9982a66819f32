import type { Endpoint } from './endpoint.js'
import { encodeAddress, formatAddressBytes } from './ip-address.js'
import type { StunAttribute, StunMessage } from './stun-message.js'

/** Attribute types of RFC 8489 §18.3, RFC 8656 §18 and RFC 5780 §7. */
export const ATTRIBUTE = {
  MAPPED_ADDRESS: 0x0001,
  CHANGE_REQUEST: 0x0003,
  USERNAME: 0x0006,
  ERROR_CODE: 0x0009,
  UNKNOWN_ATTRIBUTES: 0x000a,
  CHANNEL_NUMBER: 0x000c,
  LIFETIME: 0x000d,
  XOR_PEER_ADDRESS: 0x0012,
  DATA: 0x0013,
  REALM: 0x0014,
  NONCE: 0x0015,
  XOR_RELAYED_ADDRESS: 0x0016,
  REQUESTED_ADDRESS_FAMILY: 0x0017,
  REQUESTED_TRANSPORT: 0x0019,
  USERHASH: 0x001e,
  XOR_MAPPED_ADDRESS: 0x0020,
  PADDING: 0x0026,
  RESPONSE_PORT: 0x0027,
  SOFTWARE: 0x8022,
  ALTERNATE_SERVER: 0x8023,
  RESPONSE_ORIGIN: 0x802b,
  OTHER_ADDRESS: 0x802c,
} as const

/** RFC 8489 §14.9 and §14.10: realm and nonce; what a server says beyond that is not kept. */
const MAX_TEXT_BYTES = 763

const FAMILY_IPV4 = 0x01
const FAMILY_IPV6 = 0x02
const CHANGE_IP = 0x4
const CHANGE_PORT = 0x2

const XORED: ReadonlySet<number> = new Set([
  ATTRIBUTE.XOR_MAPPED_ADDRESS,
  ATTRIBUTE.XOR_PEER_ADDRESS,
  ATTRIBUTE.XOR_RELAYED_ADDRESS,
])

export function textAttribute(type: number, text: string): StunAttribute {
  return { type, value: new TextEncoder().encode(text) }
}

export function uint32Attribute(type: number, number: number): StunAttribute {
  const value = new Uint8Array(4)
  new DataView(value.buffer).setUint32(0, number >>> 0)
  return { type, value }
}

/** An address of any of the address attributes, XORed where the type wants it; throws where it is no IP address. */
export function addressAttribute(type: number, endpoint: Endpoint, transactionId: Uint8Array): StunAttribute {
  const address = encodeAddress(endpoint.address)
  if (address === undefined) throw new TypeError(`${JSON.stringify(endpoint.address)} is not an IP address`)
  const value = new Uint8Array(4 + address.length)
  value[1] = address.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6
  new DataView(value.buffer).setUint16(2, endpoint.port)
  value.set(address, 4)
  return { type, value: XORED.has(type) ? xored(value, transactionId) : value }
}

/** ERROR-CODE (RFC 8489 §14.8): the hundreds and the rest, each in a byte of its own. */
export function errorCode(code: number, reason = ''): StunAttribute {
  const value = Uint8Array.of(0, 0, Math.floor(code / 100), code % 100, ...new TextEncoder().encode(reason))
  return { type: ATTRIBUTE.ERROR_CODE, value }
}

/** CHANNEL-NUMBER (RFC 8656 §18.1), in the upper half of its value. */
export function channelNumber(channel: number): StunAttribute {
  return uint32Attribute(ATTRIBUTE.CHANNEL_NUMBER, channel << 16)
}

/** Asks a server to answer from its other address, its other port, or both (RFC 5780 §7.2). */
export function changeRequest({ ip, port }: { ip: boolean; port: boolean }): StunAttribute {
  return uint32Attribute(ATTRIBUTE.CHANGE_REQUEST, (ip ? CHANGE_IP : 0) | (port ? CHANGE_PORT : 0))
}

/** Sends the answer to another port of the same address (RFC 5780 §7.5). */
export function responsePort(port: number): StunAttribute {
  return uint32Attribute(ATTRIBUTE.RESPONSE_PORT, port << 16)
}

/** Makes a message larger, to see whether fragments pass (RFC 5780 §7.6). */
export function padding(bytes: number): StunAttribute {
  return { type: ATTRIBUTE.PADDING, value: new Uint8Array(Math.ceil(bytes / 4) * 4) }
}

/** The address in an attribute (RFC 8489 §14.1, §14.2); undefined where it is missing or malformed. */
export function readAddress(message: StunMessage, type: number): Endpoint | undefined {
  const raw = find(message, type)
  if (raw === undefined) return undefined
  const value = XORED.has(type) ? xored(raw, message.transactionId) : raw
  const expected = raw[1] === FAMILY_IPV4 ? 8 : raw[1] === FAMILY_IPV6 ? 20 : undefined
  if (value.length !== expected) return undefined
  return { address: formatAddressBytes(value.subarray(4)), port: ((value[2] ?? 0) << 8) | (value[3] ?? 0) }
}

/** The text of an attribute, at most 763 bytes of it; it comes from a stranger. */
export function readText(message: StunMessage, type: number): string | undefined {
  const value = find(message, type)
  return value === undefined ? undefined : new TextDecoder().decode(value.subarray(0, MAX_TEXT_BYTES))
}

export function readUint32(message: StunMessage, type: number): number | undefined {
  const value = find(message, type)
  return value?.length === 4 ? new DataView(value.buffer, value.byteOffset).getUint32(0) : undefined
}

/** ERROR-CODE (RFC 8489 §14.8): 300 to 699 and what the server says to it. */
export function readErrorCode(message: StunMessage): { code: number; reason: string } | undefined {
  const value = find(message, ATTRIBUTE.ERROR_CODE)
  if (value === undefined || value.length < 4) return undefined
  const code = ((value[2] ?? 0) & 0x7) * 100 + (value[3] ?? 0)
  if (code < 300 || code > 699) return undefined
  return { code, reason: new TextDecoder().decode(value.subarray(4, 4 + MAX_TEXT_BYTES)) }
}

export function readChannelNumber(message: StunMessage): number | undefined {
  const value = readUint32(message, ATTRIBUTE.CHANNEL_NUMBER)
  return value === undefined ? undefined : value >>> 16
}

/** UNKNOWN-ATTRIBUTES (RFC 8489 §14.13): the types a server did not understand. */
export function readUnknownAttributes(message: StunMessage): number[] {
  const value = find(message, ATTRIBUTE.UNKNOWN_ATTRIBUTES) ?? new Uint8Array()
  return Array.from(
    { length: Math.floor(value.length / 2) },
    (_type, index) => ((value[index * 2] ?? 0) << 8) | (value[index * 2 + 1] ?? 0),
  )
}

export function readBytes(message: StunMessage, type: number): Uint8Array | undefined {
  return find(message, type)
}

function find({ attributes }: StunMessage, wanted: number): Uint8Array | undefined {
  return attributes.find(({ type }) => type === wanted)?.value
}

/** XORs port and address with the magic cookie and the transaction id (RFC 8489 §14.2); undoes it as well. */
function xored(value: Uint8Array, transactionId: Uint8Array): Uint8Array {
  const mask = [0x21, 0x12, 0xa4, 0x42, ...transactionId]
  return value.map((byte, index) => {
    if (index < 2) return byte
    return byte ^ (mask[index < 4 ? index - 2 : index - 4] ?? 0)
  })
}

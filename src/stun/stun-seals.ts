import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { attributesOf, concatenate, encodeAttribute, setLength, viewOf } from './stun-layout.js'

/**
 * The attributes that are computed over the message before them: MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and
 * FINGERPRINT (RFC 8489 §14.5 to §14.7).
 */

export interface SealOptions {
  /** Adds MESSAGE-INTEGRITY, or MESSAGE-INTEGRITY-SHA256, with this key. */
  integrity?: { key: Uint8Array; algorithm?: 'sha1' | 'sha256' }
  /** Adds FINGERPRINT. */
  fingerprint?: boolean
}

export type SealVerdict = 'valid' | 'invalid' | 'absent'

const INTEGRITY = {
  sha1: { type: 0x0008, bytes: 20 },
  sha256: { type: 0x001c, bytes: 32 },
} as const

const FINGERPRINT = { type: 0x8028, bytes: 4 } as const
const FINGERPRINT_XOR = 0x5354554e

/** The message with the seals that are asked for; FINGERPRINT comes last and integrity before it. */
export function seal(message: Uint8Array, { integrity, fingerprint }: SealOptions): Uint8Array {
  let bytes = message
  if (integrity) {
    const { key, algorithm = 'sha1' } = integrity
    const { type, bytes: size } = INTEGRITY[algorithm]
    bytes = appendSeal(bytes, type, size, (covered) => hmac(algorithm, key, covered))
  }
  if (fingerprint) bytes = appendSeal(bytes, FINGERPRINT.type, FINGERPRINT.bytes, fingerprintOf)
  return bytes
}

/** Whether the message was sealed with this key; SHA-256 is looked at first where both are there (RFC 8489 §9.2.5). */
export function verifyIntegrity({ bytes }: { bytes: Uint8Array }, key: Uint8Array): SealVerdict {
  for (const algorithm of ['sha256', 'sha1'] as const) {
    const { type, bytes: size } = INTEGRITY[algorithm]
    const verdict = verifySeal(bytes, type, size, (covered) => hmac(algorithm, key, covered))
    if (verdict !== 'absent') return verdict
  }
  return 'absent'
}

export function verifyFingerprint({ bytes }: { bytes: Uint8Array }): SealVerdict {
  return verifySeal(bytes, FINGERPRINT.type, FINGERPRINT.bytes, fingerprintOf)
}

/** Whether what follows this attribute was not covered by whoever knew the key. */
export function isIntegrity(type: number): boolean {
  return type === INTEGRITY.sha1.type || type === INTEGRITY.sha256.type
}

/** What may follow an integrity attribute and still counts. */
export function isSeal(type: number): boolean {
  return isIntegrity(type) || type === FINGERPRINT.type
}

/** The key of the long-term credential mechanism (RFC 8489 §9.2.2): MD5 over user name, realm and password. */
export function longTermKey({
  username,
  realm,
  password,
}: Record<'username' | 'realm' | 'password', string>): Uint8Array {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest()
}

type Compute = (covered: Uint8Array) => Uint8Array

/** Appends an attribute whose value is computed over all before it, with a length that counts it already. */
function appendSeal(bytes: Uint8Array, type: number, size: number, compute: Compute): Uint8Array {
  const sealed = concatenate([bytes, encodeAttribute(type, new Uint8Array(size))])
  setLength(sealed, sealed.length)
  sealed.set(compute(sealed.subarray(0, bytes.length)), bytes.length + 4)
  return sealed
}

/** Computes the first seal of this type anew, over the bytes before it with the length as if it were the last. */
function verifySeal(bytes: Uint8Array, type: number, size: number, compute: Compute): SealVerdict {
  for (const { type: found, offset, length } of attributesOf(bytes)) {
    if (found !== type) continue
    // A copy, which `slice` of a Buffer is not: what was received stays as it is.
    const covered = new Uint8Array(bytes.subarray(0, offset - 4))
    setLength(covered, offset + size)
    return sameBytes(bytes.subarray(offset, offset + length), compute(covered)) ? 'valid' : 'invalid'
  }
  return 'absent'
}

function hmac(algorithm: 'sha1' | 'sha256', key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac(algorithm, key).update(data).digest()
}

function fingerprintOf(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FINGERPRINT.bytes)
  viewOf(bytes).setUint32(0, (crc32(data) ^ FINGERPRINT_XOR) >>> 0)
  return bytes
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}

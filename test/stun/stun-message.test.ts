import { createHash } from 'node:crypto'
import {
  array,
  assert,
  boolean,
  constantFrom,
  nat,
  oneof,
  property,
  record,
  tuple,
  uint8Array,
} from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressAttribute,
  ATTRIBUTE,
  changeRequest,
  channelNumber,
  errorCode,
  padding,
  readAddress,
  readBytes,
  readChannelNumber,
  readErrorCode,
  readText,
  readUint32,
  readUnknownAttributes,
  responsePort,
  textAttribute,
  uint32Attribute,
} from '../../src/stun/stun-attributes.js'
import {
  createTransactionId,
  decodeStunMessage,
  encodeStunMessage,
  METHOD,
  type ReceivedStunMessage,
  type StunMessage,
} from '../../src/stun/stun-message.js'
import { longTermKey, verifyFingerprint, verifyIntegrity } from '../../src/stun/stun-seals.js'
import * as vectors from './stun-vectors.js'

const KEY = new TextEncoder().encode(vectors.PASSWORD)
const LONG_TERM_KEY = longTermKey(vectors.LONG_TERM)

function decode(bytes: Uint8Array): ReceivedStunMessage {
  const message = decodeStunMessage(bytes)
  if (message === undefined) throw new Error('not a STUN message')
  return message
}

describe('the sample messages of RFC 5769 and RFC 8489', () => {
  it('read the request of §2.1', () => {
    const message = decode(vectors.REQUEST)
    expect(message).toMatchObject({ class: 'request', method: METHOD.BINDING })
    expect(readText(message, ATTRIBUTE.SOFTWARE)).toBe('STUN test client')
    expect(readText(message, ATTRIBUTE.USERNAME)).toBe('evtj:h6vY')
    expect([verifyIntegrity(message, KEY), verifyFingerprint(message)]).toEqual(['valid', 'valid'])
  })

  it.each([
    ['§2.2', vectors.IPV4_RESPONSE, '192.0.2.1'],
    ['§2.3', vectors.IPV6_RESPONSE, '2001:db8:1234:5678:11:2233:4455:6677'],
  ])('read the response of %s', (_section, bytes, address) => {
    const message = decode(bytes)
    expect(message).toMatchObject({ class: 'success', method: METHOD.BINDING })
    expect(readText(message, ATTRIBUTE.SOFTWARE)).toBe('test vector')
    expect(readAddress(message, ATTRIBUTE.XOR_MAPPED_ADDRESS)).toEqual({ address, port: 32_853 })
    expect([verifyIntegrity(message, KEY), verifyFingerprint(message)]).toEqual(['valid', 'valid'])
  })

  it('write the request of §2.4, to the byte', () => {
    const { transactionId } = decode(vectors.LONG_TERM_REQUEST)
    const attributes = [
      textAttribute(ATTRIBUTE.USERNAME, vectors.LONG_TERM.username),
      textAttribute(ATTRIBUTE.NONCE, 'f//499k954d6OL34oL9FSTvy64sA'),
      textAttribute(ATTRIBUTE.REALM, vectors.LONG_TERM.realm),
    ]
    const message: StunMessage = { class: 'request', method: METHOD.BINDING, transactionId, attributes }
    const bytes = encodeStunMessage(message, { integrity: { key: LONG_TERM_KEY } })
    expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(vectors.LONG_TERM_REQUEST).toString('hex'))
    expect(verifyIntegrity(decode(bytes), LONG_TERM_KEY)).toBe('valid')
  })

  it('write the request of RFC 8489 B.1 with SHA-256, to the byte', () => {
    const { username, realm, password } = vectors.LONG_TERM
    const sha256 = (text: string) => createHash('sha256').update(text).digest()
    const { transactionId } = decode(vectors.SHA256_REQUEST)
    const attributes = [
      { type: ATTRIBUTE.USERHASH, value: Uint8Array.from(sha256(`${username}:${realm}`)) },
      textAttribute(ATTRIBUTE.NONCE, 'obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA'),
      textAttribute(ATTRIBUTE.REALM, realm),
      uint32Attribute(0x001d, 0x0002_0000),
    ]
    const key = sha256(`${username}:${realm}:${password}`)
    const message: StunMessage = { class: 'request', method: METHOD.BINDING, transactionId, attributes }
    const bytes = encodeStunMessage(message, { integrity: { key, algorithm: 'sha256' } })
    expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(vectors.SHA256_REQUEST).toString('hex'))
    expect(verifyIntegrity(decode(bytes), key)).toBe('valid')
  })

  it('notice every single bit that is changed', () => {
    const { length } = vectors.IPV4_RESPONSE
    for (let bit = 0; bit < length * 8; bit += 1) {
      const changed = vectors.IPV4_RESPONSE.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const message = decodeStunMessage(changed)
      if (message === undefined) continue
      const verdicts = [verifyIntegrity(message, KEY), verifyFingerprint(message)]
      expect(verdicts, `bit ${bit}`).not.toEqual(['valid', 'valid'])
    }
  })
})

describe('attributes', () => {
  const transactionId = createTransactionId()
  const withAttributes = (...attributes: StunMessage['attributes']) =>
    decode(encodeStunMessage({ class: 'success', method: METHOD.BINDING, transactionId, attributes }))

  it.each([
    '192.0.2.1',
    '0.0.0.0',
    '255.255.255.255',
    '2001:db8::1',
    '::',
    '::1',
    'fe80::',
    'fe80::fc:ff:fe00:1',
    '2001:db8:0:1:1:1:1:1',
    '1:2:3:4:5:6:7:8',
  ])('carry the address %s, XORed or not', (address) => {
    const endpoint = { address, port: 65_535 }
    const types = [ATTRIBUTE.XOR_PEER_ADDRESS, ATTRIBUTE.OTHER_ADDRESS, ATTRIBUTE.RESPONSE_ORIGIN]
    const message = withAttributes(...types.map((type) => addressAttribute(type, endpoint, transactionId)))
    for (const type of types) expect(readAddress(message, type)).toEqual(endpoint)
  })

  it('ask for another address, another port and larger messages', () => {
    const message = withAttributes(
      changeRequest({ ip: true, port: true }),
      responsePort(4_660),
      padding(1_399),
    )
    expect(readUint32(message, ATTRIBUTE.CHANGE_REQUEST)).toBe(6)
    expect(readUint32(message, ATTRIBUTE.RESPONSE_PORT)).toBe(0x1234_0000)
    expect(readBytes(message, ATTRIBUTE.PADDING)).toHaveLength(1_400)
  })

  it('hold the error and what was not understood', () => {
    const error = {
      type: ATTRIBUTE.ERROR_CODE,
      value: Uint8Array.of(0, 0, 4, 38, 0x53, 0x74, 0x61, 0x6c, 0x65),
    }
    expect(errorCode(438, 'Stale')).toEqual(error)
    const message = withAttributes(error, {
      type: ATTRIBUTE.UNKNOWN_ATTRIBUTES,
      value: Uint8Array.of(0, 3, 0, 0x26),
    })
    expect(readErrorCode(message)).toEqual({ code: 438, reason: 'Stale' })
    expect(readUnknownAttributes(message)).toEqual([ATTRIBUTE.CHANGE_REQUEST, ATTRIBUTE.PADDING])
  })

  it('name a channel in their first two bytes', () => {
    const message = withAttributes(channelNumber(0x4abc))
    expect(readBytes(message, ATTRIBUTE.CHANNEL_NUMBER)).toEqual(Uint8Array.of(0x4a, 0xbc, 0, 0))
    expect(readChannelNumber(message)).toBe(0x4abc)
    expect(readChannelNumber(withAttributes())).toBeUndefined()
  })

  it.each(['sha1', 'sha256'] as const)(
    'that were added behind the integrity by %s do not count',
    (algorithm) => {
      const message = { class: 'request', method: METHOD.BINDING, transactionId, attributes: [] } as const
      const sealed = encodeStunMessage(
        { ...message, attributes: [textAttribute(ATTRIBUTE.REALM, 'own')] },
        { integrity: { key: KEY, algorithm } },
      )
      const added = encodeStunMessage({
        ...message,
        attributes: [textAttribute(ATTRIBUTE.REALM, 'late'), textAttribute(ATTRIBUTE.NONCE, 'late')],
      })
      const bytes = Uint8Array.of(...sealed, ...added.subarray(20))
      new DataView(bytes.buffer).setUint16(2, bytes.length - 20)
      const read = decode(bytes)
      expect(verifyIntegrity(read, KEY)).toBe('valid')
      expect(readText(read, ATTRIBUTE.REALM)).toBe('own')
      expect(readText(read, ATTRIBUTE.NONCE)).toBeUndefined()
    },
  )

  it.each([
    [
      'an address of another family',
      { type: ATTRIBUTE.MAPPED_ADDRESS, value: Uint8Array.of(0, 3, 0, 1, 1, 2, 3, 4) },
    ],
    [
      'an address that is cut',
      { type: ATTRIBUTE.MAPPED_ADDRESS, value: Uint8Array.of(0, 2, 0, 1, 1, 2, 3, 4) },
    ],
    ['an empty address', { type: ATTRIBUTE.MAPPED_ADDRESS, value: new Uint8Array() }],
    ['an error without a code', { type: ATTRIBUTE.ERROR_CODE, value: Uint8Array.of(0, 0) }],
    ['an error out of range', { type: ATTRIBUTE.ERROR_CODE, value: Uint8Array.of(0, 0, 2, 99) }],
  ])('that are malformed count as missing: %s', (_what, attribute) => {
    const message = withAttributes(attribute)
    expect(readAddress(message, ATTRIBUTE.MAPPED_ADDRESS)).toBeUndefined()
    expect(readErrorCode(message)).toBeUndefined()
  })
})

describe('whatever arrives', () => {
  it('stays as it is when it is verified, in a Buffer too', () => {
    const bytes = Buffer.from(vectors.REQUEST)
    expect(verifyIntegrity(decode(bytes), KEY)).toBe('valid')
    expect(bytes.equals(vectors.REQUEST)).toBe(true)
  })

  /** Bytes that begin like a STUN message, so that more than the first check is reached. */
  const almostStun = tuple(
    nat(0x3fff),
    uint8Array({ minLength: 12, maxLength: 12 }),
    uint8Array({ maxLength: 400 }),
    boolean(),
  ).map(([type, id, body, isHonest]) => {
    const length = isHonest ? body.length : body.length ^ 4
    return Uint8Array.of(
      type >> 8,
      type & 255,
      length >> 8,
      length & 255,
      0x21,
      0x12,
      0xa4,
      0x42,
      ...id,
      ...body,
    )
  })

  it('is read or refused, and never throws', () => {
    assert(
      property(oneof(almostStun, uint8Array({ maxLength: 200 })), (bytes) => {
        const message = decodeStunMessage(bytes)
        if (message === undefined) return
        expect(message.attributes.every(({ value }) => value.length <= bytes.length)).toBe(true)
        for (const type of Object.values(ATTRIBUTE)) {
          readAddress(message, type)
          readText(message, type)
          readUint32(message, type)
        }
        readErrorCode(message)
        readUnknownAttributes(message)
        verifyIntegrity(message, KEY)
        verifyFingerprint(message)
      }),
      { numRuns: 2_000 },
    )
  })

  it('that was written is read as it was', () => {
    // Behind what looks like an integrity attribute the others do not count.
    const type = nat(0xffff).filter((number) => number !== 0x0008 && number !== 0x001c)
    const attribute = record({ type, value: uint8Array({ maxLength: 60 }) })
    const anyMessage = record({
      class: constantFrom('request' as const, 'indication' as const, 'success' as const, 'error' as const),
      method: nat(0xfff),
      transactionId: uint8Array({ minLength: 12, maxLength: 12 }),
      attributes: array(attribute, { maxLength: 20 }),
    })
    assert(
      property(anyMessage, (message) => {
        const { bytes: _bytes, ...read } = decode(encodeStunMessage(message))
        expect(read).toEqual(message)
      }),
    )
  })

  it('is not read where it is longer, shorter or no STUN at all', () => {
    const { REQUEST } = vectors
    for (const bytes of [
      REQUEST.subarray(0, REQUEST.length - 4),
      Uint8Array.of(...REQUEST, 0, 0, 0, 0),
      Uint8Array.of(0x40, ...REQUEST.subarray(1)),
      // The first attribute ends behind the message.
      Uint8Array.from(REQUEST, (byte, index) => (index === 22 ? 1 : byte)),
      Uint8Array.from(REQUEST, (byte, index) => (index === 5 ? 0 : byte)),
      new Uint8Array(),
    ]) {
      expect(decodeStunMessage(bytes)).toBeUndefined()
    }
  })

  it('keeps at most 64 attributes of a message', () => {
    const attributes = Array.from({ length: 200 }, () => ({ type: 0x8000, value: new Uint8Array() }))
    const bytes = encodeStunMessage({
      class: 'success',
      method: METHOD.BINDING,
      transactionId: createTransactionId(),
      attributes,
    })
    expect(decode(bytes).attributes).toHaveLength(64)
  })
})

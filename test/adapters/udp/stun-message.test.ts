import { describe, expect, it } from 'vitest'
import { encodeAddress, formatAddress } from '../../../src/adapters/udp/ip-address.js'
import {
  ATTRIBUTE,
  credentialKey,
  isSealedWith,
  MESSAGE,
  readStunMessage,
  readXorAddress,
  writeStunMessage,
  xorAddress,
} from '../../../src/adapters/udp/stun-message.js'

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')

/** RFC 5769 §2.2 and §2.3: sample responses of software "test vector", short-term password below. */
const IPV4_RESPONSE = bytesOf(`
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
  00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  80280004 c07d4c96`)
const IPV6_RESPONSE = bytesOf(`
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1
  1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`)
const PASSWORD = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt')

describe('STUN messages', () => {
  it.each([
    ['IPv4', IPV4_RESPONSE, { address: '192.0.2.1', port: 32_853 }],
    ['IPv6', IPV6_RESPONSE, { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 }],
  ])('are read as the RFC has them: %s', (_family, bytes, endpoint) => {
    const message = readStunMessage(bytes)
    expect(message?.type).toBe(MESSAGE.bindingSuccess)
    expect(
      readXorAddress(message?.attributes.get(ATTRIBUTE.xorMappedAddress), message?.transactionId ?? bytes),
    ).toEqual(endpoint)
    expect(message && isSealedWith(message, PASSWORD)).toBe(true)
    expect(message && isSealedWith(message, Buffer.from('another'))).toBe(false)
  })

  it('are written so that they can be read', () => {
    const key = credentialKey('user', 'realm', 'password')
    const transactionId = Buffer.from('0123456789ab')
    const peer = { address: '2001:db8::1', port: 9 }
    const data = Buffer.from('five!')
    const bytes = writeStunMessage(
      MESSAGE.sendIndication,
      transactionId,
      [
        [ATTRIBUTE.data, data],
        [ATTRIBUTE.xorPeerAddress, xorAddress(peer, transactionId)],
      ],
      key,
    )
    const message = readStunMessage(bytes)
    expect(message?.type).toBe(MESSAGE.sendIndication)
    expect(Buffer.from(message?.attributes.get(ATTRIBUTE.data) ?? [])).toEqual(data)
    expect(readXorAddress(message?.attributes.get(ATTRIBUTE.xorPeerAddress), transactionId)).toEqual(peer)
    expect(message && isSealedWith(message, key)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['too little', '0001'],
    ['another cookie', `0001 0000 00000000 ${'00'.repeat(12)}`],
    ['an attribute that ends behind the message', `0001 0008 2112a442 ${'00'.repeat(12)} 0013 00ff 00000000`],
  ])('are not %s', (_what, hex) => expect(readStunMessage(bytesOf(hex))).toBeUndefined())
})

describe('addresses', () => {
  it.each(['192.0.2.1', '::1', '::', 'fd00::2', '2001:db8:0:1:1:1:1:1', 'fe80::fc:ff:fe00:1'])(
    'are %s in bytes and back',
    (address) => expect(formatAddress(encodeAddress(address))).toBe(address),
  )
})

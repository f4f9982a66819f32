import { describe, expect, it } from 'vitest'
import { createAddressMask } from '../../src/dump/address-mask.js'

describe('an address mask', () => {
  it('gives the same mask for the same address, and another for another', () => {
    const mask = createAddressMask()
    expect(mask('8.8.8.8 1.1.1.1 8.8.8.8')).toBe('198.18.0.1 198.18.0.2 198.18.0.1')
    expect(mask('8.8.8.8')).toBe('198.18.0.1')
    expect(mask('2A00::1 and 2a00::1')).toBe('2001:db8::1 and 2001:db8::1')
  })

  it.each([
    ['private', '192.168.1.20', '10.0.0.1'],
    ['private too', '172.31.0.1', '10.0.0.1'],
    ['not private', '172.32.0.1', '198.18.0.1'],
    ['shared by a carrier', '100.100.1.1', '100.64.0.1'],
    ['link-local', '169.254.9.9', '169.254.0.1'],
    ['unique local', 'fd12:3456::7', 'fd00::1'],
    ['link-local of IPv6', 'fe80::aaaa:1', 'fe80::1'],
    ['public of IPv6', '2a02:1234:5:6:7:8:9:a', '2001:db8::1'],
    ['IPv4 in IPv6', '64:ff9b::192.0.2.33', '2001:db8::1'],
    ['a made up name', '0b5c1e3a-1f2e-4c7d-9a8b-0123456789ab.local', 'host-1.local'],
  ])('keeps what kind it is: %s', (_kind, address, masked) => {
    const mask = createAddressMask()
    expect(mask(address)).toBe(masked)
    expect(mask(`x ${address}, "${address}" (${address})`)).toBe(`x ${masked}, "${masked}" (${masked})`)
  })

  it.each([
    ['a port behind it', 'turn:8.8.8.8:3478?transport=udp', 'turn:198.18.0.1:3478?transport=udp'],
    ['brackets', 'turn:[2a00::1]:3478', 'turn:[2001:db8::1]:3478'],
    ['a candidate', 'candidate:1 1 udp 2122 8.8.8.8 54321 typ srflx raddr 192.168.1.2 rport 9', 'candidate:1 1 udp 2122 198.18.0.1 54321 typ srflx raddr 10.0.0.1 rport 9'], // prettier-ignore
    ['escapes of JSON', '"v=0\\r\\nc=IN IP4 8.8.8.8\\r\\nc=IN IP6 2a00::1\\r\\n"', '"v=0\\r\\nc=IN IP4 198.18.0.1\\r\\nc=IN IP6 2001:db8::1\\r\\n"'], // prettier-ignore
    ['the end of a sentence', 'It came from 8.8.8.8.', 'It came from 198.18.0.1.'],
  ])('finds it with %s', (_what, text, masked) => {
    expect(createAddressMask()(text)).toBe(masked)
  })

  it.each([
    ['loopback', '127.0.0.1 ::1'],
    ['unspecified', '0.0.0.0 ::'],
    ['a fingerprint', `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`],
    ['times', '2026-11-21T10:28:03.123Z 12:34:56'],
    ['versions', 'webrtc-cli 0.10.0 node 20.20.2 1.2.3.4.5'],
    ['an origin line', 'o=- 4611731400430051336 2 IN IP4 127.0.0.1'],
    ['other names', 'turn:turn.example.org:3478'],
    ['an id of a pair', 'RTCIceCandidatePair_abcd1234_efab5678'],
    ['a MAC address', 'aa:bb:cc:dd:ee:ff'],
  ])('leaves %s', (_what, text) => {
    expect(createAddressMask()(text)).toBe(text)
  })
})

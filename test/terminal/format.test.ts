import { describe, expect, it } from 'vitest'
import type { CandidatePairSummary } from '../../src/events.js'
import {
  formatAddress,
  formatBitrate,
  formatBytes,
  formatCandidatePair,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
} from '../../src/terminal/format.js'

const host = (address: string, port: number) => ({
  type: 'host' as const,
  protocol: 'udp',
  address,
  port,
  relayProtocol: null,
  url: null,
})

describe('figures', () => {
  it.each([
    [null, '-'],
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_500_000, '1.5 MB'],
    [95_100_000, '95.1 MB'],
    [99_960, '100 kB'],
    [123_456_789, '123 MB'],
    [999_600, '1.0 MB'],
    [2 ** 53, '9.0 PB'],
    [Number.NaN, '-'],
  ])('formats %s bytes as %s', (bytes, shown) => {
    expect(formatBytes(bytes)).toBe(shown)
  })

  it.each([
    [null, '-'],
    [0, '0 B/s'],
    [12_345_678, '12.3 MB/s'],
    [Number.POSITIVE_INFINITY, '-'],
  ])('formats %s bytes a second as %s', (rate, shown) => {
    expect(formatRate(rate)).toBe(shown)
  })

  it.each([
    [null, '-'],
    [1_234_567, '1.2 Mbit/s'],
    [64_000, '64.0 kbit/s'],
  ])('formats %s bits a second as %s', (bitrate, shown) => {
    expect(formatBitrate(bitrate)).toBe(shown)
  })

  it.each([
    [null, '-'],
    [0, '0 ms'],
    [0.4, '0.4 ms'],
    [9.96, '10 ms'],
    [850, '850 ms'],
    [999.6, '1 s'],
    [3200, '3.2 s'],
    [12_400, '12 s'],
    [59_600, '1 m 00 s'],
    [65_000, '1 m 05 s'],
    [3_599_600, '1 h 00 m'],
    [7_380_000, '2 h 03 m'],
    [Number.POSITIVE_INFINITY, '-'],
  ])('formats %s milliseconds as %s', (durationMs, shown) => {
    expect(formatDuration(durationMs)).toBe(shown)
  })

  it.each([
    [null, '-'],
    [0, '0 %'],
    [0.005, '0.5 %'],
    [0.42, '42 %'],
    [1, '100 %'],
  ])('formats the ratio %s as %s', (ratio, shown) => {
    expect(formatPercent(ratio)).toBe(shown)
  })

  it.each([
    [null, '-'],
    [30, '30'],
    [29.97, '30'],
    [29.94, '29.9'],
    [1234.5, '1235'],
  ])('formats the number %s as %s', (value, shown) => {
    expect(formatNumber(value)).toBe(shown)
  })

  it.each([
    [0, 'file', '0 files'],
    [1, 'file', '1 file'],
    [2, 'freeze', '2 freezes'],
  ])('counts %s %s as %s', (count, noun, shown) => {
    expect(formatCount(count, noun)).toBe(shown)
  })
})

describe('addresses and pairs', () => {
  it.each([
    ['127.0.0.1', 4242, '127.0.0.1:4242'],
    ['::1', 4242, '[::1]:4242'],
    ['fe80::1', null, 'fe80::1'],
    ['4b1c.local', 5353, '4b1c.local:5353'],
    [null, 5353, '-'],
    ['\u001b[2J', 1, '\\x1b[2J:1'],
  ])('formats %s and port %s as %s', (address, port, shown) => {
    expect(formatAddress(address, port)).toBe(shown)
  })

  const direct: CandidatePairSummary = {
    local: host('127.0.0.1', 4242),
    remote: host('127.0.0.1', 5353),
    protocol: 'udp',
    relayed: false,
    currentRoundTripTime: 0.0004,
    availableOutgoingBitrate: null,
    availableIncomingBitrate: null,
  }

  it('formats a direct pair', () => {
    expect(formatCandidatePair(direct)).toBe(
      'host udp 127.0.0.1:4242 -> host udp 127.0.0.1:5353, direct, RTT 0.4 ms',
    )
  })

  it('formats a relayed pair without a round trip time', () => {
    const relay = { ...host('2001:db8::1', 50_000), type: 'relay' as const, relayProtocol: 'tls' }
    const pair = { ...direct, local: relay, relayed: true, currentRoundTripTime: null }
    expect(formatCandidatePair(pair)).toBe(
      'relay udp [2001:db8::1]:50000 over tls -> host udp 127.0.0.1:5353, relayed, RTT -',
    )
  })
})

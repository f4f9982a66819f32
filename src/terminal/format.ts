import type { CandidatePairSummary, CandidateSummary } from '../events.js'
import { printable } from './printable.js'

/** Shown where a figure is not known. */
const UNKNOWN = '-'

const SI_PREFIXES = ['', 'k', 'M', 'G', 'T', 'P']

/** `512 B`, `1.5 MB`, `123 GB`: decimal multiples, as disks and networks count. */
export function formatBytes(bytes: number | null): string {
  return bytes === null ? UNKNOWN : formatSi(bytes, 'B')
}

/** `12.3 MB/s`, from bytes per second. */
export function formatRate(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? UNKNOWN : formatSi(bytesPerSecond, 'B/s')
}

/** `1.2 Mbit/s`, from bits per second. */
export function formatBitrate(bitsPerSecond: number | null): string {
  return bitsPerSecond === null ? UNKNOWN : formatSi(bitsPerSecond, 'bit/s')
}

/** `0.4 ms`, `850 ms`, `3.2 s`, `1 m 05 s`, `2 h 03 m`, from milliseconds. */
export function formatDuration(durationMs: number | null): string {
  if (durationMs === null || !Number.isFinite(durationMs)) return UNKNOWN
  if (durationMs < 999.5) return `${roundTo(durationMs, durationMs < 9.95 ? 1 : 0)} ms`
  const seconds = durationMs / 1000
  if (seconds < 59.5) return `${roundTo(seconds, seconds < 9.95 ? 1 : 0)} s`
  const wholeSeconds = Math.round(seconds)
  if (wholeSeconds < 3600) return `${Math.floor(wholeSeconds / 60)} m ${twoDigits(wholeSeconds % 60)} s`
  const wholeMinutes = Math.floor(wholeSeconds / 60)
  return `${Math.floor(wholeMinutes / 60)} h ${twoDigits(wholeMinutes % 60)} m`
}

/** `42 %`, `0.5 %`, from a ratio of 0 to 1. */
export function formatPercent(ratio: number | null): string {
  if (ratio === null || !Number.isFinite(ratio)) return UNKNOWN
  const percent = ratio * 100
  return `${roundTo(percent, percent < 9.95 ? 1 : 0)} %`
}

/** `30`, `29.9`, without a unit. */
export function formatNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN
  return roundTo(value, value < 99.95 ? 1 : 0)
}

/** `127.0.0.1:4242`, `[::1]:4242`; the address comes from the peer, so it is made printable. */
export function formatAddress(address: string | null, port: number | null = null): string {
  if (address === null) return UNKNOWN
  const shown = printable(address)
  if (port === null) return shown
  return shown.includes(':') ? `[${shown}]:${port}` : `${shown}:${port}`
}

/** `host udp 127.0.0.1:4242`, and for a relay the transport to its server: `relay udp 192.0.2.1:5000 over tls`. */
export function formatCandidate(candidate: CandidateSummary): string {
  const { type, protocol, relayProtocol } = candidate
  const address = formatAddress(candidate.address, candidate.port)
  const base = `${type} ${protocol === null ? UNKNOWN : printable(protocol)} ${address}`
  return relayProtocol === null ? base : `${base} over ${printable(relayProtocol)}`
}

/** `host udp 127.0.0.1:4242 -> host udp 127.0.0.1:5353, direct, RTT 0.4 ms`. */
export function formatCandidatePair(pair: CandidatePairSummary): string {
  const roundTripMs = pair.currentRoundTripTime === null ? null : pair.currentRoundTripTime * 1000
  const path = pair.relayed ? 'relayed' : 'direct'
  return `${formatCandidate(pair.local)} -> ${formatCandidate(pair.remote)}, ${path}, RTT ${formatDuration(roundTripMs)}`
}

/** `1 file`, `3 files`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function formatSi(value: number, unit: string): string {
  if (!Number.isFinite(value)) return UNKNOWN
  let scaled = value
  let index = 0
  // 999.5 shows as 1000 with no decimals: that is the next prefix's 1.0.
  while (scaled >= 999.5 && index < SI_PREFIXES.length - 1) {
    scaled /= 1000
    index += 1
  }
  const decimals = index === 0 || scaled >= 99.95 ? 0 : 1
  return `${scaled.toFixed(decimals)} ${SI_PREFIXES[index] ?? ''}${unit}`
}

/** At most `decimals` digits after the point, without a trailing `.0`. */
function roundTo(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)))
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

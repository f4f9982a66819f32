import type { CandidatePairState, DataChannelStats, StatsSummary, StreamStats } from '../events.js'
import { alignColumns, wrapLabelled } from './columns.js'
import {
  formatAddress,
  formatBitrate,
  formatBytes,
  formatCandidatePair,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
} from './format.js'
import { printable } from './printable.js'

export const STATS_WIDTH = 80

const STREAM_HEADER = ['stream', 'codec', 'bitrate', 'pkt/s', 'loss', 'jitter', 'RTT', 'media']
const PAIR_HEADER = ['', 'pair', 'local', 'remote', 'RTT']
const CHANNEL_HEADER = ['data channel', 'id', 'state', 'sent', 'received', 'out', 'in']

/** One sample of getStats as lines of at most `width` columns: the path, the transport, each stream and channel. */
export function formatStats(summary: StatsSummary, { width = STATS_WIDTH } = {}): string[] {
  const { side, elapsedMs, intervalMs, candidatePair, streams, dataChannels } = summary
  const title = `${side} stats at ${formatDuration(elapsedMs)}, over ${formatDuration(intervalMs)}`
  return [
    title,
    ...(candidatePair === null
      ? []
      : wrapLabelled('  pair       ', formatCandidatePair(candidatePair), width)),
    ...availableLines(summary, width),
    ...transportLines(summary.transport, width),
    ...indented(streamRows(streams), width),
    ...streams.flatMap((stream) => streamNotes(stream, width)),
    ...indented(channelRows(dataChannels), width),
  ]
}

/** Every candidate pair with what ICE makes of it; the selected one is marked. */
export function formatCandidatePairs(
  pairs: readonly CandidatePairState[],
  { width = STATS_WIDTH } = {},
): string[] {
  if (pairs.length === 0) return []
  const rows = pairs.map(({ selected, state, nominated, local, remote, currentRoundTripTime }) => [
    selected ? '*' : '',
    // Only one whose check succeeded is nominated (RFC 8445 §7.2.5.3.4), and both words have no room.
    nominated === true && state === 'succeeded' ? 'nominated' : printable(state ?? '-'),
    `${local.type} ${printable(local.protocol ?? '-')} ${formatAddress(local.address, local.port)}`,
    `${remote.type} ${formatAddress(remote.address, remote.port)}`,
    formatDuration(currentRoundTripTime === null ? null : currentRoundTripTime * 1000),
  ])
  return indented([PAIR_HEADER, ...rows], width)
}

/** The raw getStats dictionaries, one figure a line. */
export function formatRawReport(report: readonly Record<string, unknown>[]): string[] {
  return report.flatMap((stats) => {
    const { type, id, ...figures } = stats
    const lines = Object.entries(figures).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
    return [`${String(type)} ${String(id)}`, ...lines].map((line) => printable(line))
  })
}

function availableLines({ candidatePair }: StatsSummary, width: number): string[] {
  const available = candidatePair?.availableOutgoingBitrate ?? null
  return available === null ? [] : wrapLabelled('  available  ', formatBitrate(available), width)
}

function transportLines(transport: StatsSummary['transport'], width: number): string[] {
  if (transport === null) return []
  const { dtlsState, dtlsCipher, srtpCipher, iceRole, selectedCandidatePairChanges } = transport
  const facts = [
    dtlsState === null ? '' : `DTLS ${dtlsState}`,
    dtlsCipher ?? '',
    srtpCipher === null ? '' : `SRTP ${srtpCipher}`,
    iceRole === null ? '' : `ICE ${iceRole}`,
    `sent ${formatBytes(transport.bytesSent)} at ${formatBitrate(transport.sendBitrate)}`,
    `received ${formatBytes(transport.bytesReceived)} at ${formatBitrate(transport.receiveBitrate)}`,
    selectedCandidatePairChanges === null
      ? ''
      : formatCount(selectedCandidatePairChanges, 'candidate pair change'),
  ]
  return wrapLabelled('  transport  ', printable(facts.filter((fact) => fact !== '').join(', ')), width)
}

function streamRows(streams: readonly StreamStats[]): string[][] {
  if (streams.length === 0) return []
  const rows = streams.map((stream) => [
    streamName(stream),
    printable(stream.codec ?? '-'),
    formatBitrate(stream.bitrate),
    formatNumber(stream.packetsPerSecond),
    formatPercent(stream.lossRatio),
    formatDuration(stream.jitterMs),
    formatDuration(stream.roundTripTimeMs),
    streamMedia(stream),
  ])
  return [STREAM_HEADER, ...rows]
}

/** `in video` or, where the mid is known, `in video 0`. */
export function streamName({ direction, kind, mid }: StreamStats): string {
  const name = `${direction === 'inbound' ? 'in' : 'out'} ${kind}`
  return mid === null ? name : `${name} ${printable(mid)}`
}

/** What an eye or an ear would notice first. */
export function streamMedia({ kind, width, height, framesPerSecond, audioLevel }: StreamStats): string {
  if (kind === 'audio') return audioLevel === null ? '-' : `level ${Number(audioLevel.toFixed(2))}`
  const size = width === null || height === null ? '-' : `${width}x${height}`
  return framesPerSecond === null ? size : `${size} ${formatNumber(framesPerSecond)} fps`
}

/** What went wrong on a stream, in words, and only where something did. */
export function streamNotes(stream: StreamStats, width: number): string[] {
  const { packetsLost, framesDropped, freezeCount, qualityLimitationReason, jitterBufferDelayMs } = stream
  const limited = qualityLimitationReason !== null && qualityLimitationReason !== 'none'
  const notes = [
    packetsLost === null || packetsLost <= 0 ? '' : `${formatCount(packetsLost, 'packet')} lost`,
    framesDropped === null || framesDropped === 0 ? '' : `${formatCount(framesDropped, 'frame')} dropped`,
    freezeCount === null || freezeCount === 0 ? '' : formatCount(freezeCount, 'freeze'),
    jitterBufferDelayMs === null ? '' : `jitter buffer ${formatDuration(jitterBufferDelayMs)}`,
    limited ? `limited by ${printable(qualityLimitationReason)}` : '',
  ].filter((note) => note !== '')
  return notes.length === 0 ? [] : wrapLabelled(`  ${streamName(stream)}: `, notes.join(', '), width)
}

function channelRows(channels: readonly DataChannelStats[]): string[][] {
  if (channels.length === 0) return []
  const rows = channels.map((channel) => [
    printable(channel.label),
    channel.id === null ? '-' : String(channel.id),
    printable(channel.state),
    `${channel.messagesSent}, ${formatBytes(channel.bytesSent)}`,
    `${channel.messagesReceived}, ${formatBytes(channel.bytesReceived)}`,
    formatBitrate(channel.sendBitrate),
    formatBitrate(channel.receiveBitrate),
  ])
  return [CHANNEL_HEADER, ...rows]
}

function indented(rows: readonly string[][], width: number): string[] {
  return alignColumns(rows, width - 2).map((line) => `  ${line}`)
}

import type {
  CandidatePairSummary,
  DataChannelStats,
  PeerEventOf,
  StatsSummary,
  StreamStats,
} from '../events.js'
import { alignColumns, truncate } from './columns.js'
import { formatBitrate, formatCandidate, formatDuration, formatNumber, formatPercent } from './format.js'
import type { OutputLine } from './output-line.js'
import { mediaLines } from './media-quality-lines.js'
import { describePath } from './path-words.js'
import { printable } from './printable.js'
import { sparkline } from './sparkline.js'
import { formatCandidatePairs, streamMedia, streamName, streamNotes } from './stats-table.js'

/** Wide enough for the widest window. */
const HISTORY = 120

const STREAM_HEADER = ['stream', 'codec', 'bitrate', '', 'loss', 'jitter', 'RTT', 'media']
const CHANNEL_HEADER = ['data channel', 'state', 'out', '', 'in', '']

export interface LiveStatsOptions {
  columns: number
  rows: number
  /** Bars of plain characters. */
  ascii: boolean
  /** Said at the right of the first line, such as what keys do. */
  keys: string
}

/** What the live view knows: the newest sample, and how the rates came to it. */
export interface LiveStats {
  add(event: PeerEventOf<'stats'>): void
  /** What came of a track replaces what was said of it before. */
  addMedia(event: PeerEventOf<'media'>): void
  /** The view for a window of that size; every line is shorter than the window is wide. */
  lines(options: LiveStatsOptions): OutputLine[]
}

export function createLiveStats(): LiveStats {
  const histories = new Map<string, (number | null)[]>()
  const media = new Map<string, PeerEventOf<'media'>>()
  let event: PeerEventOf<'stats'> | undefined
  return {
    add(next) {
      event = next
      const rates = ratesOf(next.summary)
      for (const key of histories.keys()) if (!rates.has(key)) histories.delete(key)
      for (const [key, value] of rates)
        histories.set(key, [...(histories.get(key) ?? []), value].slice(-HISTORY))
    },
    addMedia(next) {
      media.set(next.id, next)
    },
    lines(options) {
      if (event === undefined) return []
      const bars = (key: string, width: number) =>
        sparkline(histories.get(key) ?? [], { width, ascii: options.ascii })
      // The last cell of a row makes some terminals wrap.
      const width = options.columns - 1
      const arrived = Array.from(media.values()).flatMap((one) => mediaLines(one, { width }))
      const all = [...viewLines(event, { ...options, width, bars }), ...arrived]
      return all.slice(0, Math.max(1, options.rows - 1)).map((line) => cut(line, width))
    },
  }
}

/** Everything that has bars, by a key of its own. */
function ratesOf({
  candidatePair,
  transport,
  streams,
  dataChannels,
}: StatsSummary): Map<string, number | null> {
  return new Map([
    ['rtt', candidatePair?.currentRoundTripTime ?? null],
    ['send', transport?.sendBitrate ?? null],
    ['receive', transport?.receiveBitrate ?? null],
    ...streams.map((stream): [string, number | null] => [streamKey(stream), stream.bitrate]),
    ...dataChannels.flatMap((channel): [string, number | null][] => [
      [channelKey(channel, 'out'), channel.sendBitrate],
      [channelKey(channel, 'in'), channel.receiveBitrate],
    ]),
  ])
}

interface View extends LiveStatsOptions {
  width: number
  bars: (key: string, width: number) => string
}

function viewLines({ summary, candidatePairs = [] }: PeerEventOf<'stats'>, view: View): OutputLine[] {
  const { streams, dataChannels, candidatePair } = summary
  const texts = [
    ...rateLines(summary, view),
    ...alignColumns(withoutEmptyColumns(streamRows(streams, view)), view.width),
    ...streams.flatMap((stream) => streamNotes(stream, view.width)),
    ...alignColumns(withoutEmptyColumns(channelRows(dataChannels, view)), view.width),
    ...formatCandidatePairs(candidatePairs, { width: view.width }),
  ]
  return [
    titleLine(summary, view),
    ...pathLines(candidatePair),
    ...texts.map((text): OutputLine => ({ to: 'result', text })),
  ]
}

function titleLine({ elapsedMs, intervalMs }: StatsSummary, { width, keys }: View): OutputLine {
  const title = `stats at ${formatDuration(elapsedMs)}, over ${formatDuration(intervalMs)}`
  return {
    to: 'result',
    text: `${title}${' '.repeat(Math.max(2, width - title.length - keys.length))}${keys}`,
  }
}

function pathLines(pair: CandidatePairSummary | null): OutputLine[] {
  if (pair === null) return [{ to: 'result', text: 'no candidate pair is selected' }]
  const lead = pair.relayed
    ? { text: 'relayed', color: 'yellow' as const }
    : { text: 'direct', color: 'green' as const }
  return [
    { to: 'result', lead, text: `  ${formatCandidate(pair.local)} -> ${formatCandidate(pair.remote)}` },
    { to: 'result', text: `  ${describePath(pair)}` },
  ]
}

/** Round trip and rates of the whole connection, each with its bars up to the edge of the window. */
function rateLines({ candidatePair, transport }: StatsSummary, { width, bars }: View): string[] {
  const roundTripSeconds = candidatePair?.currentRoundTripTime ?? null
  const available = candidatePair?.availableOutgoingBitrate ?? null
  const sent = formatBitrate(transport?.sendBitrate ?? null)
  const rows = [
    ['RTT', formatDuration(roundTripSeconds === null ? null : roundTripSeconds * 1000), 'rtt'],
    ['send', available === null ? sent : `${sent} of ${formatBitrate(available)}`, 'send'],
    ['receive', formatBitrate(transport?.receiveBitrate ?? null), 'receive'],
  ] as const
  const numbers = alignColumns(
    rows.map(([name, value]) => [name, value, '|']),
    width,
  )
  return rows.map(([, , key], index) => {
    const start = (numbers[index] ?? '').slice(0, -1)
    return start + bars(key, Math.min(HISTORY, width - start.length))
  })
}

function streamRows(streams: readonly StreamStats[], view: View): string[][] {
  if (streams.length === 0) return []
  const rows = streams.map((stream) => [
    streamName(stream),
    printable(stream.codec ?? '-'),
    formatBitrate(stream.bitrate),
    view.bars(streamKey(stream), barWidth(view)),
    formatPercent(stream.lossRatio),
    formatDuration(stream.jitterMs),
    formatDuration(stream.roundTripTimeMs),
    streamMedia(stream),
  ])
  return [STREAM_HEADER, ...rows]
}

function channelRows(channels: readonly DataChannelStats[], view: View): string[][] {
  if (channels.length === 0) return []
  const rows = channels.map((channel) => [
    printable(channel.label),
    channel.messagesSentPerSecond === null
      ? printable(channel.state)
      : `${printable(channel.state)}, ${formatNumber(channel.messagesSentPerSecond)}/s`,
    formatBitrate(channel.sendBitrate),
    view.bars(channelKey(channel, 'out'), barWidth(view)),
    formatBitrate(channel.receiveBitrate),
    view.bars(channelKey(channel, 'in'), barWidth(view)),
  ])
  return [CHANNEL_HEADER, ...rows]
}

/** What 80 columns leave beside the numbers, and more where there is more; in a narrower window numbers go first. */
function barWidth({ columns }: View): number {
  return columns < 80 ? 0 : Math.max(6, Math.min(40, Math.floor((columns - 72) / 2)))
}

/** A table in which the columns that have nothing in any row take no room. */
function withoutEmptyColumns(rows: readonly string[][]): string[][] {
  const isUsed = (index: number) => rows.some((row) => row[index] !== '')
  return rows.map((row) => row.filter((_cell, index) => isUsed(index)))
}

function streamKey({ direction, kind, ssrc, mid }: StreamStats): string {
  return `${direction} ${kind} ${mid ?? ''} ${ssrc ?? ''}`
}

function channelKey({ id, label }: DataChannelStats, direction: string): string {
  return `${id ?? ''} ${label} ${direction}`
}

function cut(line: OutputLine, width: number): OutputLine {
  const { lead, text } = line
  const start = lead === undefined ? 0 : lead.text.length
  return { ...line, text: truncate(text, Math.max(0, width - start)) }
}

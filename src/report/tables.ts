import type { StreamStats } from '../events.js'
import {
  formatAddress,
  formatBitrate,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
} from '../terminal/format.js'
import { html, type Html, type HtmlValue } from './html.js'
import type { PairEnd } from './pair-facts.js'
import type { Plot, PlotUnit } from './plot-data.js'
import type { ReportFacts } from './report-facts.js'

/** A table with its heading and what did not fit into it; null where it would be empty. */
function table(head: readonly string[], rows: readonly (readonly HtmlValue[])[], leftOut = 0): Html | null {
  if (rows.length === 0) return null
  const more = leftOut === 0 ? null : html`<p class="more">and ${leftOut} more</p>`
  return html`<div class="scroll">
      <table>
        <thead>
          <tr>
            ${head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (cells) =>
              html`<tr>
                ${cells.map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${more}`
}

export function expectationTable({ expectations }: ReportFacts): Html | null {
  return table(
    ['', 'Expectation', 'Measured', 'Why not'],
    expectations.items.map(({ ok, expression, value, reason }) => [
      ok ? html`<span class="mark good">holds</span>` : html`<span class="mark bad">fails</span>`,
      html`<code>${expression}</code>`,
      value ?? '-',
      reason,
    ]),
    expectations.leftOut,
  )
}

export function streamTable({ streams }: ReportFacts): Html | null {
  const rows = streams
    .slice(0, 50)
    .map((stream): HtmlValue[] => [
      `${stream.kind} ${stream.direction === 'inbound' ? 'received' : 'sent'}`,
      stream.codec,
      sizeOf(stream),
      formatNumber(stream.framesPerSecond),
      formatBitrate(stream.bitrate),
      formatBytes(stream.bytes),
      formatPercent(stream.totalLossRatio),
      formatDuration(stream.jitterMs),
      stream.freezeCount === null
        ? '-'
        : `${stream.freezeCount} (${formatDuration(stream.freezeDurationMs)})`,
      stream.qualityLimitationReason,
    ])
  const head = [
    'Stream',
    'Codec',
    'Size',
    'Frames/s',
    'Bitrate',
    'Bytes',
    'Lost',
    'Jitter',
    'Freezes',
    'Limited by',
  ]
  return table(head, rows, streams.length - rows.length)
}

/** What came of pictures whose source is known: their barcodes are read. */
export function mediaTable({ media }: ReportFacts): Html | null {
  return table(
    ['Pictures', 'Received', 'Lost', 'Freezes', 'Latency, median', '95 %', 'Most', 'PSNR', 'SSIM'],
    Array.from(media.values(), (track) => [
      track.kind,
      track.framesReceived,
      track.framesLost ?? '-',
      `${track.freezes} (${formatDuration(track.freezeMs)})`,
      formatDuration(track.latencyMs?.p50 ?? null),
      formatDuration(track.latencyMs?.p95 ?? null),
      formatDuration(track.latencyMs?.max ?? null),
      track.psnr === null ? '-' : `${formatNumber(track.psnr)} dB`,
      track.ssim === null ? '-' : track.ssim.toFixed(3),
    ]),
  )
}

export function dataChannelTable({ dataChannels }: ReportFacts): Html | null {
  const rows = dataChannels
    .slice(0, 50)
    .map((channel): HtmlValue[] => [
      html`<bdi>${channel.label}</bdi>`,
      channel.state,
      formatBytes(channel.bytesSent),
      formatBytes(channel.bytesReceived),
      channel.messagesSent,
      channel.messagesReceived,
    ])
  const head = ['Data channel', 'State', 'Sent', 'Received', 'Messages sent', 'Messages received']
  return table(head, rows, dataChannels.length - rows.length)
}

export function transferTable({ transfers }: ReportFacts): Html | null {
  const rows = transfers.items.map((transfer): HtmlValue[] =>
    transfer.event === 'transfer-failed'
      ? [transfer.direction, 'failed', formatBytes(transfer.bytes), '-', '-', transfer.reason]
      : [
          transfer.direction,
          'verified',
          formatBytes(transfer.bytes),
          formatRate(transfer.bytesPerSecond),
          formatDuration(transfer.durationMs),
          `${formatCount(transfer.associations, 'association')}, ${formatBytes(transfer.resumedBytes)} there already`,
        ],
  )
  return table(['Direction', 'Result', 'Bytes', 'Rate', 'Took', 'How'], rows, transfers.leftOut)
}

export function candidateTable({ candidates }: ReportFacts): Html | null {
  return table(
    ['Side', 'Type', 'Protocol', 'Address', 'Base', 'Priority', 'Server', 'After'],
    candidates.items.map((candidate) => [
      candidate.side,
      candidate.type,
      candidate.protocol,
      html`<code>${formatAddress(candidate.address, candidate.port)}</code>`,
      candidate.relatedAddress === null
        ? '-'
        : html`<code>${formatAddress(candidate.relatedAddress, candidate.relatedPort)}</code>`,
      candidate.priority,
      candidate.url ?? '-',
      formatDuration(candidate.elapsedMs),
    ]),
    candidates.leftOut,
  )
}

export function pairTable({ pairs }: ReportFacts): Html | null {
  return table(
    ['Candidate pair', 'State', 'Checks sent', 'Answered', 'Round trip'],
    pairs.map((pair) => [
      html`<code>${endOf(pair.local)}</code> to <code>${endOf(pair.remote)}</code>`,
      pair.isSelected ? html`<span class="mark good">in use</span>` : pair.state,
      pair.requestsSent ?? '-',
      pair.responsesReceived ?? '-',
      formatDuration(pair.roundTripTimeMs),
    ]),
  )
}

export function warningTable({ warnings, startedMs }: ReportFacts): Html | null {
  return table(
    ['After', 'Warning', 'What it says'],
    warnings.items.map(({ timeMs, code, message, hint }) => [
      formatDuration(timeMs - startedMs),
      html`<code>${code}</code>`,
      [message, hint].filter((part) => part !== null).join(' '),
    ]),
    warnings.leftOut,
  )
}

/** What a plot shows, for who cannot see it, and on paper. */
export function plotTable({ unit, lines }: Plot): Html | null {
  return table(
    ['', 'Least', 'Mean', 'Most', 'Last'],
    lines.map(({ label, mean, min, max }) => {
      const known = mean.filter((value) => value !== null)
      const figures = [
        Math.min(...min.filter((value) => value !== null)),
        known.reduce((sum, value) => sum + value, 0) / known.length,
        Math.max(...max.filter((value) => value !== null)),
        known.at(-1) ?? null,
      ]
      return [html`<bdi>${label}</bdi>`, ...figures.map((value) => formatIn(unit, value))]
    }),
  )
}

function formatIn(unit: PlotUnit, value: number | null): string {
  switch (unit) {
    case 'bit/s':
      return formatBitrate(value)
    case 'B/s':
      return formatRate(value)
    case 'B':
      return formatBytes(value)
    case 'ms':
      return formatDuration(value)
    case '%':
      return formatPercent(value === null ? null : value / 100)
    case '':
      return formatNumber(value)
    default:
      return unit satisfies never
  }
}

function sizeOf({ width, height }: StreamStats): string {
  return width === null || height === null ? '-' : `${width}x${height}`
}

function endOf({ type, protocol, address, port }: PairEnd): string {
  return `${type ?? '?'} ${protocol ?? ''} ${formatAddress(address, port)}`
}

import type { PeerEventOf, RunSummary } from '../events.js'
import { alignColumns, wrapLabelled } from './columns.js'
import {
  formatBitrate,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
} from './format.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'
import { STATS_WIDTH } from './stats-table.js'

type Row = RunSummary['figures'][number]

const STREAM_PREFIX = /^((?:in|out)bound\.(?:audio|video))\./
const HEADER = ['over the run', 'min', 'p50', 'p95', 'max']

/** What most people look at; the others are for `--verbose`. */
const MAIN = new Set(
  'rtt available.outgoing available.incoming transport.send transport.receive data.send data.receive bitrate loss jitter jitterBufferDelay fps codingTime qp freezeRatio concealment audioLevelRms'.split(
    ' ',
  ),
)
const MAIN_TOTALS = new Set(
  'totalLoss packetsLost framesDropped freezes freezeTime nacks plis concealments'.split(' '),
)

/** The whole run: how each figure was distributed, what was counted, and what could not be measured. */
export function runSummaryLines(
  { durationMs, samples, figures, notMeasured }: PeerEventOf<'stats-summary'>,
  { width = STATS_WIDTH } = {},
): OutputLine[] {
  const rows = byStream(figures.filter(({ over }) => over === 'interval'))
  const [header = '', ...table] = alignColumns([HEADER, ...rows.map(cellsOf)], width - 2)
  return [
    ...plainLines(
      'result',
      `run of ${formatDuration(durationMs)}, ${formatCount(samples, 'sample')}`,
      `  ${header}`,
    ),
    ...rows.flatMap((row, index) => [
      ...headingLines(row, rows[index - 1]),
      ...plainLines(isMain(row, MAIN) ? 'result' : 'detail', `  ${table[index] ?? ''}`),
    ]),
    ...totalLines(figures, width),
    ...(notMeasured.length === 0
      ? []
      : plainLines('detail', ...wrapLabelled('  not measured here: ', notMeasured.join(', '), width))),
  ]
}

function cellsOf(row: Row): string[] {
  const name = streamOf(row) === '' ? row.figure : `  ${shortName(row)}`
  return [name, ...[row.min, row.p50, row.p95, row.max].map((value) => formatValue(value, row.kind))]
}

/** The figures of a stream stand below its name, which leaves room for the numbers. */
function headingLines(row: Row, before: Row | undefined): OutputLine[] {
  const stream = streamOf(row)
  const isNew = stream !== '' && (before === undefined || stream !== streamOf(before))
  return isNew ? plainLines('result', `  ${printable(stream)}`) : []
}

/** The streams of one direction and kind one after the other, each with all of its figures. */
function byStream(figures: readonly Row[]): Row[] {
  const order = [...new Set(figures.map((row) => streamOf(row)))]
  return figures.toSorted((a, b) => order.indexOf(streamOf(a)) - order.indexOf(streamOf(b)))
}

/** `inbound.video, mid 0, ssrc 1234`; empty for what is the connection's own. */
function streamOf({ figure, of }: Row): string {
  const place = STREAM_PREFIX.exec(figure)?.[1]
  return place === undefined ? '' : [place, of ?? ''].filter((part) => part !== '').join(', ')
}

function shortName({ figure }: Row): string {
  return figure.replace(STREAM_PREFIX, '')
}

/** `inbound.video.fps`, and with the stream where there are several of that direction and kind. */
function nameOf({ figure, of }: Row, all: readonly Row[]): string {
  const isAlone = all.filter((other) => other.figure === figure).length === 1
  return isAlone || of === null ? figure : `${figure} (${printable(of)})`
}

function totalLines(figures: readonly Row[], width: number): OutputLine[] {
  const totals = figures.filter((row) => row.over === 'run' && isMain(row, MAIN_TOTALS) && row.last > 0)
  if (totals.length === 0) return []
  const facts = totals.map((row) => `${nameOf(row, figures)} ${formatValue(row.last, row.kind)}`)
  return plainLines('result', ...wrapLabelled('  in all  ', facts.join(', '), width))
}

function isMain(row: Row, names: ReadonlySet<string>): boolean {
  return names.has(row.figure) || names.has(shortName(row))
}

function formatValue(value: number, kind: Row['kind']): string {
  switch (kind) {
    case 'time':
      return formatDuration(value)
    case 'bitrate':
      return formatBitrate(value)
    case 'rate':
      return formatRate(value)
    case 'bytes':
      return formatBytes(value)
    case 'ratio':
      return formatPercent(value)
    case 'count':
    case 'number':
      return formatNumber(value)
    default:
      return kind satisfies never
  }
}

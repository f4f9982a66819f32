import type { Figure, Reading } from '../figures/figure.js'
import { BASE_UNITS } from '../figures/figure-kind.js'
import { SAMPLED_FIGURES } from '../figures/figures.js'
import { splitStreamFigure } from '../figures/stream-figure.js'
import type { RawStats } from '../session/ports.js'
import { indexStats } from './stats-index.js'
import type { StatsSample } from './stats-feed.js'

/** Which object a row is about, before its figures. */
const KEY_COLUMNS = ['time', 'elapsed (s)', 'object', 'stream']

/** The figures of all directions and kinds of streams share their columns. */
const COLUMNS = [...new Set(SAMPLED_FIGURES.map(columnOf))]
const INDEX_BY_COLUMN = new Map(COLUMNS.map((column, index) => [column, index]))

/** The first line of the table, with the unit of each column (RFC 4180). */
export function csvHeader(): string {
  return csvLine([...KEY_COLUMNS, ...COLUMNS])
}

/**
 * One sample as one line for the connection and one for each stream; all have the same columns, and what an object
 * does not have or a stack does not measure is an empty cell.
 */
export function csvRows({ summary, report }: Pick<StatsSample, 'summary' | 'report'>): string {
  const objects = new Map<string, { object: string; of: string; cells: string[] }>()
  for (const figure of SAMPLED_FIGURES) {
    for (const reading of figure.source.read({ event: 'stats', summary })) {
      const object = splitStreamFigure(figure.name)?.place ?? 'connection'
      const key = `${object} ${reading.of}`
      const row = objects.get(key) ?? { object, of: reading.of, cells: COLUMNS.map(() => '') }
      objects.set(key, row)
      row.cells[INDEX_BY_COLUMN.get(columnOf(figure)) ?? 0] = cellOf(reading)
    }
  }
  const start = [timeOf(report), String(summary.elapsedMs / 1000)]
  return [...objects.values()]
    .map(({ object, of, cells }) => csvLine([...start, object, harmless(of), ...cells]))
    .join('')
}

function timeOf(report: readonly RawStats[]): string {
  const { timestamp } = indexStats(report)
  return timestamp === null ? '' : new Date(timestamp).toISOString()
}

function columnOf({ name, kind }: Figure): string {
  const unit = BASE_UNITS[kind]
  const title = splitStreamFigure(name)?.figure ?? name
  return unit === '' ? title : `${title} (${unit})`
}

function cellOf({ value }: Reading): string {
  if (value === null) return ''
  return typeof value === 'number' ? String(value) : harmless(value)
}

/** A spreadsheet takes text that begins like this for a formula; a peer chooses labels and codecs. */
function harmless(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(quoted).join(',')}\r\n`
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

import { BYTE_UNITS } from './byte-units.js'

/** What a figure measures; it decides which units and operators fit. Stored in the base unit of its kind. */
export type FigureKind = 'time' | 'bitrate' | 'rate' | 'bytes' | 'ratio' | 'count' | 'number' | 'word' | 'set'

/** A number as it was written, with its unit: `80ms` is 80 and `ms`; the unit is empty where there was none. */
export interface Quantity {
  amount: number
  unit: string
}

const BIT_RATES = { 'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9 }
const BYTE_RATES = {
  'B/s': 1,
  'kB/s': 1e3,
  'MB/s': 1e6,
  'GB/s': 1e9,
  'KiB/s': 2 ** 10,
  'MiB/s': 2 ** 20,
  'GiB/s': 2 ** 30,
}

interface Units {
  /** How the kind is called in a sentence. */
  name: string
  /** A value written as it should be. */
  example: string
  /** The size of each unit in the base unit; the empty one is a plain number. */
  factors: Readonly<Record<string, number>>
}

const TIME_UNITS: Units = {
  name: 'a time',
  example: '80ms',
  factors: { us: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 },
}

/** The base units: milliseconds, bits per second, bytes per second, bytes, 1. */
const UNITS: Readonly<Record<Exclude<FigureKind, 'word' | 'set'>, Units>> = {
  time: TIME_UNITS,
  bitrate: {
    name: 'a bitrate',
    example: '1.5Mbit/s',
    factors: { ...BIT_RATES, ...scaled(BYTE_RATES, 8) },
  },
  rate: {
    name: 'a rate of bytes',
    example: '5MB/s',
    factors: { ...BYTE_RATES, ...scaled(BIT_RATES, 1 / 8) },
  },
  bytes: {
    name: 'a number of bytes',
    example: '10MiB',
    factors: { '': 1, B: 1, ...BYTE_UNITS },
  },
  ratio: { name: 'a ratio', example: '0.5%', factors: { '%': 0.01 } },
  count: { name: 'a count', example: '3', factors: { '': 1 } },
  number: { name: 'a plain number', example: '25', factors: { '': 1 } },
}

/** What a value is stored in, for the heading of a column. */
export const BASE_UNITS: Readonly<Record<FigureKind, string>> = {
  time: 'ms',
  bitrate: 'bit/s',
  rate: 'B/s',
  bytes: 'B',
  ratio: '0 to 1',
  count: '',
  number: '',
  word: '',
  set: '',
}

/** The units of a kind as they are written; empty for what is no number. */
export function unitsOf(kind: FigureKind): readonly string[] {
  return kind === 'word' || kind === 'set' ? [] : Object.keys(UNITS[kind].factors)
}

/** `a time`, and how one is written: `80ms`. */
export function describeKind(kind: FigureKind): { name: string; example: string } {
  if (kind === 'word') return { name: 'a word', example: 'relay' }
  if (kind === 'set') return { name: 'a set of words', example: 'relay' }
  return UNITS[kind]
}

/** A quantity in the base unit of the kind; null where its unit does not fit. Nothing is 0 in every unit. */
export function toBaseUnit({ amount, unit }: Quantity, kind: FigureKind): number | null {
  if (kind === 'word' || kind === 'set') return null
  const { factors } = UNITS[kind]
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined
  if (factor !== undefined) return amount * factor
  return amount === 0 && unit === '' ? 0 : null
}

/** A value in the base unit of its kind for people: `0.6 ms`, `1.2 Mbit/s`, `0.5 %`, `29.97`. */
export function formatFigure(value: number | string, kind: FigureKind): string {
  if (typeof value === 'string') return value
  switch (kind) {
    case 'time':
      return value < 1000 ? `${digits(value)} ms` : `${digits(value / 1000)} s`
    case 'bitrate':
      return formatSi(value, 'bit/s')
    case 'rate':
      return formatSi(value, 'B/s')
    case 'bytes':
      return formatSi(value, 'B')
    case 'ratio':
      return `${digits(value * 100)} %`
    case 'count':
    case 'number':
    case 'word':
    case 'set':
      return digits(value)
    default:
      return kind satisfies never
  }
}

function formatSi(value: number, unit: string): string {
  const step = [1e12, 1e9, 1e6, 1e3].find((size) => value >= size) ?? 1
  const prefix = { 1e12: 'T', 1e9: 'G', 1e6: 'M', 1e3: 'k', 1: '' }[step] ?? ''
  return `${digits(value / step)} ${prefix}${unit}`
}

/** Four significant digits tell a figure from its limit; whole numbers are shown as they are. */
function digits(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))
}

function scaled(factors: Readonly<Record<string, number>>, by: number): Record<string, number> {
  return Object.fromEntries(Object.entries(factors).map(([unit, factor]) => [unit, factor * by]))
}

import { PeerError } from '../../errors.js'
import { BYTE_UNITS } from '../../figures/byte-units.js'
import { MIN_STATS_INTERVAL_MS } from '../../stats/interval.js'

/** Readers of option values: each takes what the user wrote and returns the value, or throws USAGE naming the option. */
export type ReadOption<T> = (text: string) => T

const DURATION_UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `500ms`, `10s`, `2m`, `1h` in milliseconds. */
export function durationOf(option: string): ReadOption<number> {
  return (text) => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim()) ?? []
    const unitMs = DURATION_UNITS_MS[unit]
    if (amount === undefined || unitMs === undefined) {
      throw usage(option, 'must be a duration such as 500ms, 10s or 2m', text)
    }
    const durationMs = Number(amount) * unitMs
    // Beyond 2^31-1 ms a timer fires at once.
    if (durationMs > 0 && durationMs < 2 ** 31) return durationMs
    throw usage(option, 'must be more than 0 and less than 24 days', text)
  }
}

/** How often figures are sampled. */
export function statsIntervalOf(option: string): ReadOption<number> {
  return (text) => {
    const intervalMs = durationOf(option)(text)
    if (intervalMs >= MIN_STATS_INTERVAL_MS) return intervalMs
    throw usage(option, `must be at least ${MIN_STATS_INTERVAL_MS}ms`, text)
  }
}

/** A whole number between two bounds, both included. */
export function integerOf(option: string, min: number, max: number): ReadOption<number> {
  return (text) => {
    const value = Number(text)
    if (/^-?\d+$/.test(text.trim()) && value >= min && value <= max) return value
    throw usage(option, `must be a whole number from ${min} to ${max}`, text)
  }
}

/** `500MB`, `2GiB` or plain bytes. */
export function bytesOf(option: string): ReadOption<number> {
  return (text) => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([kKMGT]i?B)?$/.exec(text.trim()) ?? []
    const factor = unit === '' ? 1 : BYTE_UNITS[unit]
    const bytes = Math.round(Number(amount) * (factor ?? Number.NaN))
    if (amount !== undefined && Number.isSafeInteger(bytes)) return bytes
    throw usage(option, 'must be a size such as 500MB or 2GiB', text)
  }
}

const BIT_UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9 }

/** `64k`, `2M`, `1.5mbit` or plain bits per second. */
export function bitrateOf(option: string): ReadOption<number> {
  return (text) => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)(?:bit)?$/i.exec(text.trim()) ?? []
    const bitsPerSecond = Math.round(Number(amount) * (BIT_UNITS[unit.toLowerCase()] ?? Number.NaN))
    if (bitsPerSecond >= 1 && bitsPerSecond <= 1e9) return bitsPerSecond
    throw usage(option, 'must be bits per second such as 64k or 2M, at most 1G', text)
  }
}

/** A number above 0. */
export function positiveNumberOf(option: string): ReadOption<number> {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
    throw usage(option, 'must be a number above 0', text)
  }
}

/** One of a few words. */
export function wordOf<Word extends string>(option: string, words: readonly Word[]): ReadOption<Word> {
  return (text) => {
    const word = words.find((known) => known === text)
    if (word !== undefined) return word
    throw usage(option, `must be ${listed(words)}`, text)
  }
}

/** Some of a few words, separated by commas, at least one. */
export function wordsOf<Word extends string>(option: string, words: readonly Word[]): ReadOption<Word[]> {
  return (text) => {
    const chosen = text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '')
    if (chosen.length === 0) throw usage(option, `must name some of ${words.join(',')}`, text)
    return chosen.map(wordOf(option, words))
  }
}

/** `MIN:MAX`, two ports. */
export function portRangeOf(option: string): ReadOption<{ min: number; max: number }> {
  return (text) => {
    const [, first, last] = /^(\d{1,5}):(\d{1,5})$/.exec(text.trim()) ?? []
    const [min, max] = [Number(first), Number(last)]
    if (min >= 1 && max <= 65_535 && min <= max) return { min, max }
    throw usage(option, 'must be MIN:MAX with 1 <= MIN <= MAX <= 65535', text)
  }
}

/** Printable text of at least one and at most `maxLength` characters. */
export function textOf(option: string, maxLength: number): ReadOption<string> {
  return (text) => {
    if (text.length === 0) throw usage(option, 'must not be empty', text)
    if (text.length > maxLength) throw usage(option, `must have at most ${maxLength} characters`, text)
    if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)) throw usage(option, 'must be printable', text)
    return text
  }
}

/** The usage error all of them throw: the option, the rule, what was given. */
export function usage(option: string, rule: string, given: string): PeerError {
  return new PeerError('USAGE', `${option} ${rule}, got ${JSON.stringify(given.slice(0, 200))}.`)
}

function listed(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : (words[0] ?? '')
}

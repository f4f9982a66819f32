import type { RawStats } from '../session/ports.js'
import { readNumber } from './read-field.js'

/**
 * How much a counter grew between two dictionaries of one id; null without the one before, where the field is absent,
 * and where it went backwards, because then it was reset.
 */
export function increase(current: RawStats, previous: RawStats | undefined, field: string): number | null {
  const change = signedChange(current, previous, field)
  return change === null || change < 0 ? null : change
}

/** As `increase`, for what may go down: late and duplicate packets take back losses (RFC 3550 §6.4.1). */
export function signedChange(
  current: RawStats,
  previous: RawStats | undefined,
  field: string,
): number | null {
  const now = readNumber(current, field)
  const before = readNumber(previous, field)
  return now === null || before === null ? null : now - before
}

/** A counter's growth per second of the dictionaries' own timestamps; null as in `increase`, and when no time passed. */
export function perSecond(current: RawStats, previous: RawStats | undefined, field: string): number | null {
  const growth = increase(current, previous, field)
  if (growth === null || previous === undefined) return null
  const elapsedMs = current.timestamp - previous.timestamp
  return elapsedMs > 0 ? (growth * 1000) / elapsedMs : null
}

/** A byte counter's rate in whole bits per second; null as in `perSecond`. */
export function bitsPerSecond(
  current: RawStats,
  previous: RawStats | undefined,
  field: string,
): number | null {
  const bytesPerSecond = perSecond(current, previous, field)
  return bytesPerSecond === null ? null : Math.round(bytesPerSecond * 8)
}

/**
 * The mean of what was summed up between two dictionaries: the growth of `sum` over that of `count`, which names what
 * was counted. Null as in `increase`, and where nothing was counted.
 */
export function meanOf(
  current: RawStats | undefined,
  previous: RawStats | undefined,
  { sum, count }: { sum: string; count: string },
): number | null {
  if (current === undefined) return null
  const total = increase(current, previous, sum)
  const counted = increase(current, previous, count)
  return total === null || counted === null || counted === 0 ? null : total / counted
}

/** As `meanOf` for sums in seconds, in milliseconds. */
export function meanMilliseconds(
  current: RawStats | undefined,
  previous: RawStats | undefined,
  fields: { sum: string; count: string },
): number | null {
  const seconds = meanOf(current, previous, fields)
  return seconds === null ? null : seconds * 1000
}

/** The first that is known: stacks keep the same figure in different places. */
export function firstKnown(...values: readonly (number | null)[]): number | null {
  return values.find((value) => value !== null) ?? null
}

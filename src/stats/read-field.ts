import type { RawStats } from '../session/ports.js'

/** A numeric field, or null where the stack does not have it: "not supported" is never 0. */
export function readNumber(stats: RawStats | undefined, field: string): number | null {
  const value = stats?.[field]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** A text field, or null where it is absent or empty (a peer-reflexive candidate has an empty address). */
export function readString(stats: RawStats | undefined, field: string): string | null {
  const value = stats?.[field]
  return typeof value === 'string' && value !== '' ? value : null
}

/** A boolean field, or null where the stack does not have it. */
export function readBoolean(stats: RawStats | undefined, field: string): boolean | null {
  const value = stats?.[field]
  return typeof value === 'boolean' ? value : null
}

/** A time in seconds as milliseconds, or null where the stack does not have it. */
export function readMilliseconds(stats: RawStats | undefined, field: string): number | null {
  const seconds = readNumber(stats, field)
  return seconds === null ? null : seconds * 1000
}

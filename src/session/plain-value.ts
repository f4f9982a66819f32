import { isSecretField, withoutSecrets } from './without-secrets.js'

/** Deeper than any argument of a connection; what is nested further is left out. */
const MAX_DEPTH = 8

/** What names a track, a channel, a sender or anything else that lives in the stack. */
const NAMING_FIELDS = ['kind', 'id', 'label', 'protocol', 'type', 'sdp', 'mid', 'direction'] as const

/**
 * An argument or a result of a connection's method as plain data that can be kept and written down: tracks and
 * channels by what names them, bytes by their number, descriptions and configurations without their secrets.
 */
export function plainValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutSecrets(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return Number(value)
  // Functions and symbols are not data, and JSON has no undefined.
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return null
  return plainObject(value, depth)
}

function plainObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return value.map((item) => plainValue(item, depth + 1))
  if (ArrayBuffer.isView(value)) return { byteLength: value.byteLength }
  const fields: [string, unknown][] = isDictionary(value)
    ? Object.entries(value)
    : NAMING_FIELDS.map((name) => [name, Reflect.get(value, name)])
  return Object.fromEntries(
    fields
      .filter(([name, field]) => field !== undefined && !isSecretField(name))
      .map(([name, field]) => [name, plainValue(field, depth + 1)]),
  )
}

function isDictionary(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

import { PeerError } from '../errors.js'

/** One member of a constraint set (W3C mediacapture-main §5.3); a value by itself is `ideal`, in `advanced` `exact`. */
export interface Constraint<Value> {
  min?: Value
  max?: Value
  exact?: Value
  ideal?: Value
}

/** Settings that are chosen by constraints, by their W3C names. */
export type Settings = Readonly<Record<string, number | string>>

export type ConstraintSet = Readonly<Record<string, Constraint<number | string>>>

export interface Constraints {
  basic: ConstraintSet
  /** Each is kept where something satisfies it together with what is before it, and passed over otherwise. */
  advanced: readonly ConstraintSet[]
}

/** What a member takes. */
export type ConstraintKind = 'number' | readonly string[]

const NUMBER_KEYS = ['min', 'max', 'exact', 'ideal']
const WORD_KEYS = ['exact', 'ideal']

/** More sets than a person writes; each costs a pass over all candidates. */
const MAX_ADVANCED_SETS = 32

/**
 * Reads the JSON of `option` as getUserMedia takes it, `{"width": {"min": 640}, "advanced": [...]}`; throws USAGE
 * naming the member that is not in `kinds` (which a browser would ignore) or has no such value.
 */
export function parseConstraints(
  option: string,
  text: string,
  kinds: Readonly<Record<string, ConstraintKind>>,
): Constraints {
  const parsed = asRecord(parseJson(option, text))
  if (parsed === undefined)
    throw new PeerError('USAGE', `${option} must be a JSON object, got ${text.slice(0, 200)}.`)
  const { advanced = [], ...basic } = parsed
  if (!Array.isArray(advanced) || advanced.length > MAX_ADVANCED_SETS) {
    throw new PeerError('USAGE', `${option}: "advanced" must be a list of at most ${MAX_ADVANCED_SETS} sets.`)
  }
  return {
    basic: readSet(option, basic, kinds, 'ideal'),
    advanced: advanced.map((set: unknown) => readSet(option, asRecord(set), kinds, 'exact')),
  }
}

function readSet(
  option: string,
  set: Record<string, unknown> | undefined,
  kinds: Readonly<Record<string, ConstraintKind>>,
  bareKey: 'ideal' | 'exact',
): ConstraintSet {
  if (set === undefined) throw new PeerError('USAGE', `${option}: each set of "advanced" must be an object.`)
  return Object.fromEntries(
    Object.entries(set).map(([name, given]) => {
      const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
      if (kind === undefined) {
        const known = Object.keys(kinds).join(', ')
        throw new PeerError(
          'USAGE',
          `${option} has no constraint ${JSON.stringify(name)}; there are ${known}.`,
        )
      }
      const members = asRecord(given) ?? { [bareKey]: given }
      return [name, readMembers(`${option}: "${name}"`, members, kind)]
    }),
  )
}

function readMembers(
  where: string,
  members: Record<string, unknown>,
  kind: ConstraintKind,
): Constraint<number | string> {
  const keys = kind === 'number' ? NUMBER_KEYS : WORD_KEYS
  const constraint: Record<string, number | string> = {}
  for (const [key, value] of Object.entries(members)) {
    if (!keys.includes(key))
      throw new PeerError('USAGE', `${where} takes ${keys.join(', ')}, not ${JSON.stringify(key)}.`)
    constraint[key] = readValue(where, value, kind)
  }
  return constraint
}

function readValue(where: string, value: unknown, kind: ConstraintKind): number | string {
  if (kind === 'number' && typeof value === 'number') return value
  if (kind !== 'number' && typeof value === 'string' && kind.includes(value)) return value
  const expected = kind === 'number' ? 'a number' : `one of ${kind.join(', ')}`
  throw new PeerError('USAGE', `${where} must be ${expected}, got ${JSON.stringify(value)?.slice(0, 100)}.`)
}

function parseJson(option: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PeerError('USAGE', `${option} must be JSON, got ${text.slice(0, 200)}.`, {
      hint: `Try ${option} '{"width": {"min": 640}}'.`,
      cause,
    })
  }
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(Object.entries(value))
}

import { PeerError } from '../errors.js'
import type { Constraint, Constraints, ConstraintSet, Settings } from './constraints.js'

/** How far two ratios of whole numbers may differ and still be the same: a pixel is the least that can be changed. */
const TOLERANCES: Readonly<Record<string, number>> = { aspectRatio: 0.005 }

/**
 * The candidate that fits best, by the SelectSettings algorithm of W3C mediacapture-main §5.4: the smallest fitness
 * distance wins, and among equals the one that comes first. Throws OVERCONSTRAINED naming the constraint where no
 * candidate satisfies all that are required. `what` is what errors call the source.
 */
export function selectSettings<Candidate extends Settings>(
  candidates: readonly Candidate[],
  { basic, advanced }: Constraints,
  what: string,
): Candidate {
  let remaining = keepSatisfying(candidates, basic, what)
  for (const set of advanced) {
    const satisfying = remaining.filter((candidate) => satisfies(candidate, set))
    if (satisfying.length > 0) remaining = satisfying
  }
  const [best] = remaining
    .map((candidate) => ({ candidate, distance: fitnessDistance(candidate, basic) }))
    .toSorted((left, right) => left.distance - right.distance)
  if (best === undefined) throw new PeerError('OVERCONSTRAINED', `${what} can give nothing at all.`)
  return best.candidate
}

/**
 * The sum over all constraints of how far the setting is from `ideal`, 0 to 1 each; Infinity where it is not within
 * `min`, `max` and `exact` (§5.4, "fitness distance").
 */
export function fitnessDistance(settings: Settings, constraints: ConstraintSet): number {
  return Object.entries(constraints).reduce(
    (sum, [name, constraint]) => sum + distanceOf(settings[name], constraint, TOLERANCES[name] ?? 0),
    0,
  )
}

function satisfies(settings: Settings, constraints: ConstraintSet): boolean {
  return fitnessDistance(settings, constraints) < Number.POSITIVE_INFINITY
}

function distanceOf(
  actual: number | string | undefined,
  { min, max, exact, ideal }: Constraint<number | string>,
  tolerance: number,
): number {
  if (actual === undefined) return Number.POSITIVE_INFINITY
  if (typeof actual === 'string') {
    if (exact !== undefined && actual !== exact) return Number.POSITIVE_INFINITY
    return ideal === undefined || actual === ideal ? 0 : 1
  }
  const margin = Math.abs(actual) * tolerance
  if (typeof min === 'number' && actual < min - margin) return Number.POSITIVE_INFINITY
  if (typeof max === 'number' && actual > max + margin) return Number.POSITIVE_INFINITY
  if (typeof exact === 'number' && Math.abs(actual - exact) > margin) return Number.POSITIVE_INFINITY
  if (typeof ideal !== 'number' || Math.abs(actual - ideal) <= margin) return 0
  return Math.abs(actual - ideal) / Math.max(Math.abs(actual), Math.abs(ideal))
}

/** One constraint after the other, so that the one that cannot be met is known by its name. */
function keepSatisfying<Candidate extends Settings>(
  candidates: readonly Candidate[],
  constraints: ConstraintSet,
  what: string,
): readonly Candidate[] {
  let remaining = candidates
  for (const [name, constraint] of Object.entries(constraints)) {
    const satisfying = remaining.filter((candidate) => satisfies(candidate, { [name]: constraint }))
    if (satisfying.length === 0) throw overconstrained(name, constraint, candidates, remaining, what)
    remaining = satisfying
  }
  return remaining
}

function overconstrained(
  name: string,
  constraint: Constraint<number | string>,
  all: readonly Settings[],
  remaining: readonly Settings[],
  what: string,
): PeerError {
  const required = JSON.stringify({ ...constraint, ideal: undefined })
  const alone = all.some((candidate) => satisfies(candidate, { [name]: constraint }))
  const offered = rangeOf(name, alone ? remaining : all)
  return new PeerError(
    'OVERCONSTRAINED',
    `OverconstrainedError: ${what} cannot give ${name} ${required}${alone ? ' together with the constraints before it' : ''}; ${offered}.`,
    { hint: 'What is only wished for is written as "ideal".' },
  )
}

/** What there are a few values of; the rest is given as a range. */
const LISTED = new Set(['sampleRate', 'channelCount', 'resizeMode'])

function rangeOf(name: string, candidates: readonly Settings[]): string {
  const values = [...new Set(candidates.map((candidate) => candidate[name]))].filter(
    (value) => value !== undefined,
  )
  if (!LISTED.has(name) && values.length > 1 && values.every((value) => typeof value === 'number')) {
    return `it can give ${round(Math.min(...values))} to ${round(Math.max(...values))}`
  }
  return `it can give ${values.map((value) => (typeof value === 'number' ? round(value) : value)).join(', ')}`
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

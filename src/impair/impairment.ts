import { PeerError } from '../errors.js'

/** A link as bad as wanted: what it does to the packets of each direction. */
export interface Impairment {
  /** One way, so a round trip grows by twice as much. */
  delayMs: number
  /** The delay wanders by at most so much around `delayMs`; the order of packets stays. */
  jitterMs: number
  /** Share of packets that vanish, 0 to 1. */
  lossRatio: number
  /** Bits per second that the bottleneck passes; null for no bottleneck. */
  rateBitsPerSecond: number | null
  /** How much may wait in front of the bottleneck, in milliseconds of its rate; what comes on top is dropped. */
  queueMs: number
  /** Share of packets that are overtaken by those behind them, 0 to 1. */
  reorderRatio: number
  /** The same seed loses and reorders the same packets of a direction, counted from its first. */
  seed: number
}

/** What a home router of today holds. */
const DEFAULT_QUEUE_MS = 100
const DEFAULT_SEED = 1

const MAX_TIME_MS = 10_000
const MAX_RATE = 100e9
const MAX_SEED = 2 ** 32 - 1

type Part = 'delay' | 'jitter' | 'loss' | 'rate' | 'reorder' | 'queue' | 'seed'

const READERS: Record<Part, (text: string) => number | string> = {
  delay: (text) => readTime(text, 0),
  jitter: (text) => readTime(text, 0),
  loss: readShare,
  rate: readRate,
  reorder: readShare,
  queue: (text) => readTime(text, 1),
  seed: readSeed,
}

/**
 * Reads `delay=50ms,jitter=5ms,loss=0.5%,rate=20mbit,queue=100ms,reorder=1%,seed=1`, any of them in any order; throws
 * USAGE naming the part that is wrong.
 */
export function parseImpairment(text: string): Impairment {
  const given = new Map<Part, number>()
  for (const assignment of text.split(',')) {
    const [name = '', value, ...more] = assignment.split('=').map((side) => side.trim())
    const part = readName(name)
    if (part === undefined)
      throw fault(`knows no part ${quoted(name)}; there are ${Object.keys(READERS).join(', ')}`)
    if (value === undefined || more.length > 0) throw fault(`${part} is written ${part}=VALUE`, assignment)
    if (given.has(part)) throw fault(`${part} is there twice`)
    const read = READERS[part](value)
    if (typeof read === 'string') throw fault(`${part} must be ${read}`, value)
    given.set(part, read)
  }
  return assemble(given)
}

function assemble(given: ReadonlyMap<Part, number>): Impairment {
  const delayMs = given.get('delay') ?? 0
  const jitterMs = given.get('jitter') ?? 0
  const rate = given.get('rate')
  if (jitterMs > delayMs) throw fault(`jitter must not be above delay (${delayMs} ms)`, `${jitterMs} ms`)
  if (given.has('queue') && rate === undefined) throw fault('queue needs a rate in front of which to queue')
  return {
    delayMs,
    jitterMs,
    lossRatio: given.get('loss') ?? 0,
    rateBitsPerSecond: rate ?? null,
    queueMs: given.get('queue') ?? DEFAULT_QUEUE_MS,
    reorderRatio: given.get('reorder') ?? 0,
    seed: given.get('seed') ?? DEFAULT_SEED,
  }
}

function readName(name: string): Part | undefined {
  return isPart(name) ? name : undefined
}

function isPart(name: string): name is Part {
  return Object.hasOwn(READERS, name)
}

/** Milliseconds, or what it must be. */
function readTime(text: string, minMs: number): number | string {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? []
  const timeMs = Number(amount) * (unit === 's' ? 1_000 : 1)
  return timeMs >= minMs && timeMs <= MAX_TIME_MS
    ? timeMs
    : `a time from ${minMs === 0 ? '0ms' : `${minMs}ms`} to ${MAX_TIME_MS / 1000}s such as 50ms`
}

function readShare(text: string): number | string {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1])
  return percent <= 100 ? percent / 100 : 'a share from 0% to 100% such as 0.5%'
}

const RATE_UNITS: Record<string, number> = { kbit: 1e3, mbit: 1e6, gbit: 1e9 }

function readRate(text: string): number | string {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(kbit|mbit|gbit)(?:\/s)?$/i.exec(text) ?? []
  const rate = Number(amount) * (RATE_UNITS[unit.toLowerCase()] ?? Number.NaN)
  return rate >= 1_000 && rate <= MAX_RATE ? rate : 'a rate from 1kbit to 100gbit such as 20mbit'
}

function readSeed(text: string): number | string {
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return seed <= MAX_SEED ? seed : `a whole number from 0 to ${MAX_SEED}`
}

function fault(rule: string, got?: string): PeerError {
  return new PeerError('USAGE', `--impair: ${rule}${got === undefined ? '' : `, got ${quoted(got)}`}.`, {
    hint: `Known are ${Object.keys(READERS).join(', ')}: --impair delay=50ms,loss=0.5%,rate=20mbit`,
  })
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}

import type { PeerEvent } from '../events.js'
import { createTally, type Tally } from '../figures/aggregate.js'
import { fulfils } from './compare.js'
import type { Comparison, Condition } from './expression.js'
import { formatFigure, toBaseUnit, type FigureKind } from '../figures/figure-kind.js'
import type { Figure, Reading } from '../figures/figure.js'
import { allOf, type Judgement } from './judgement.js'
import { sameWord } from './same-word.js'
import { createSampleWindow, type SampleWindow } from './sample-window.js'

/** Watches one comparison through a run, in bounded memory. */
export interface Gauge {
  add(event: PeerEvent, nowMs: number): void
  judge(): Judgement
}

/** A peer can renegotiate for ever; beyond these, streams and words are not told apart any more. */
const MAX_STREAMS = 256
const MAX_WORDS = 1_000

export function createGauge(comparison: Comparison): Gauge {
  const { figure, condition } = comparison
  const { source } = figure
  switch (source.over) {
    case 'samples':
      return condition.against === 'set' ? never() : createSampleGauge(comparison, condition, source)
    case 'once':
      return condition.against === 'set' ? never() : createOnceGauge(figure, condition, source.read)
    case 'count':
      return condition.against === 'set' ? never() : createCountGauge(figure, condition, source.matches)
    case 'set':
      return condition.against === 'set' ? createSetGauge(figure, condition.word, source.read) : never()
    default:
      return source satisfies never
  }
}

type ValueCondition = Exclude<Condition, { against: 'set' }>

/** A figure that one event tells; of several events the last counts. */
function createOnceGauge(
  figure: Figure,
  condition: ValueCondition,
  read: (event: PeerEvent) => number | undefined,
): Gauge {
  let value: number | undefined
  return {
    add(event) {
      value = read(event) ?? value
    },
    judge: () =>
      value === undefined
        ? notMeasured(figure.name, figure.absent)
        : judgeValue(figure.name, figure.kind, value, condition),
  }
}

function createCountGauge(
  { name, kind }: Figure,
  condition: ValueCondition,
  matches: (event: PeerEvent) => boolean,
): Gauge {
  let count = 0
  return {
    add(event) {
      if (matches(event)) count += 1
    },
    judge: () => judgeValue(name, kind, count, condition),
  }
}

function createSetGauge(
  { name }: Figure,
  wanted: string,
  read: (event: PeerEvent) => string | undefined,
): Gauge {
  const seen = new Set<string>()
  let includesWanted = false
  return {
    add(event) {
      const word = read(event)
      if (word === undefined) return
      includesWanted ||= sameWord(word, wanted)
      if (seen.size < MAX_WORDS) seen.add(word)
    },
    judge: () => {
      const value = seen.size === 0 ? 'none' : [...seen].toSorted().join(' ')
      return { verdict: includesWanted ? 'holds' : 'fails', value, fact: `${name} has ${value}` }
    },
  }
}

/** A figure of the connection, or of each of several streams: then the comparison has to hold for every one. */
function createSampleGauge(
  comparison: Comparison,
  condition: ValueCondition,
  source: Extract<Figure['source'], { over: 'samples' }>,
): Gauge {
  const series = new Map<string, Series>()
  let endMs = -Infinity
  const seriesOf = ({ of }: Reading) => {
    const known = series.get(of)
    if (known || series.size >= MAX_STREAMS) return known
    const opened = createSeries(comparison, condition, source.aggregate)
    series.set(of, opened)
    return opened
  }
  return {
    add(event, nowMs) {
      for (const reading of source.read(event)) {
        endMs = nowMs
        seriesOf(reading)?.add(reading.value, nowMs)
      }
    },
    judge() {
      const { figure } = comparison
      if (series.size === 0) return notMeasured(nameOf(comparison), figure.absent)
      const isAlone = series.size === 1
      return allOf(
        [...series].map(([of, one]) =>
          one.judge(isAlone ? nameOf(comparison) : `${nameOf(comparison)} (${of})`, endMs),
        ),
      )
    },
  }
}

interface Series {
  add(value: number | string | null, nowMs: number): void
  judge(name: string, endMs: number): Judgement
}

function createSeries(
  comparison: Comparison,
  condition: ValueCondition,
  ownAggregate: Parameters<typeof createTally>[0],
): Series {
  const { figure, aggregate, window } = comparison
  const kind = aggregate === 'count' ? 'count' : figure.kind
  const tally: Tally = createTally(aggregate ?? ownAggregate)
  const windowMs = window === null ? null : toBaseUnit(window, 'time')
  const sampleWindow: SampleWindow | null =
    windowMs === null
      ? null
      : createSampleWindow(windowMs, (value) => value !== null && fulfils(value, condition, figure.kind))
  let samples = 0
  return {
    add(value, nowMs) {
      samples += 1
      sampleWindow?.add(value, nowMs)
      if (value !== null) tally.add(value)
    },
    judge(name, endMs) {
      const { value } = tally
      if (value === null) return notMeasured(name, whyNull(samples))
      return sampleWindow === null
        ? judgeValue(name, kind, value, condition)
        : judgeWindow(name, kind, sampleWindow.judge(endMs))
    },
  }
}

function judgeValue(
  name: string,
  kind: FigureKind,
  value: number | string,
  condition: ValueCondition,
): Judgement {
  const shown = formatFigure(value, kind)
  return {
    verdict: fulfils(value, condition, kind) ? 'holds' : 'fails',
    value: shown,
    fact: `${name} is ${shown}`,
  }
}

function judgeWindow(name: string, kind: FigureKind, outcome: ReturnType<SampleWindow['judge']>): Judgement {
  const show = (value: number | string | null) =>
    value === null ? 'not measured' : formatFigure(value, kind)
  switch (outcome.outcome) {
    case 'held': {
      const value = show(outcome.last)
      return { verdict: 'holds', value, fact: `${name} is ${value} at the end` }
    }
    case 'broken': {
      const value = `${show(outcome.value)}, ${formatFigure(Math.round(outcome.beforeEndMs), 'time')} before the end`
      return { verdict: 'fails', value, fact: `${name} was ${value}` }
    }
    case 'short': {
      const value = `measured for ${formatFigure(Math.round(outcome.coveredMs), 'time')} only`
      return { verdict: 'fails', value, fact: `${name} was ${value}` }
    }
    default:
      return outcome satisfies never
  }
}

/** The first sample of a run is the baseline of its rates. */
function whyNull(samples: number): string {
  return samples < 2
    ? 'the run was shorter than one interval'
    : `it was null in all ${samples} samples, so this stack or this session does not have it`
}

function notMeasured(name: string, why: string): Judgement {
  return { verdict: 'unknown', value: null, fact: `${name} was not measured: ${why}` }
}

function nameOf({ figure, aggregate }: Comparison): string {
  return aggregate === null ? figure.name : `${figure.name}.${aggregate}`
}

/** The parser gives each kind of figure its kind of condition. */
function never(): never {
  throw new TypeError('A figure was held against a condition of another kind.')
}

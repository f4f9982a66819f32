import type { PeerEvent } from '../events.js'
import type { Comparison, Expression } from './expression.js'
import { createGauge, type Gauge } from './gauge.js'
import { allOf, anyOf, opposite, type Judgement } from './judgement.js'
import { parseExpression } from './parse-expression.js'

/** One expression as its author wrote it, and what it means. */
export interface Expectation {
  text: string
  expression: Expression
}

export interface ExpectationResult {
  expression: string
  ok: boolean
  /** The measured values for people; null where nothing was measured. */
  value: string | null
  /** Why it is not ok; null where it is. */
  reason: string | null
}

export interface ExpectationRecorder {
  /** Takes an event when it happens. */
  record(event: PeerEvent): void
  /** What each expectation came to with the events so far, in the order they were given. */
  evaluate(): ExpectationResult[]
}

export interface ExpectationRecorderOptions {
  /** Milliseconds of a monotonic clock, for `for`. */
  now?: () => number
}

/** Reads the expressions of a run; the first that is none throws USAGE. */
export function parseExpectations(texts: readonly string[]): Expectation[] {
  return texts.map((text) => ({ text: text.trim(), expression: parseExpression(text) }))
}

/** Whether one of them can only be judged with statistics sampled through the run. */
export function needStatistics(expectations: readonly Expectation[]): boolean {
  return expectations
    .flatMap(({ expression }) => comparisonsOf(expression))
    .some(({ figure }) => figure.source.over === 'samples')
}

/** Watches a run for its expectations; memory stays bounded however long that takes. */
export function createExpectationRecorder(
  expectations: readonly Expectation[],
  { now = () => performance.now() }: ExpectationRecorderOptions = {},
): ExpectationRecorder {
  const gauges = new Map<Comparison, Gauge>()
  for (const comparison of expectations.flatMap(({ expression }) => comparisonsOf(expression))) {
    gauges.set(comparison, createGauge(comparison))
  }
  const judge = (expression: Expression): Judgement => {
    switch (expression.type) {
      case 'comparison':
        return (
          gauges.get(expression)?.judge() ?? { verdict: 'unknown', value: null, fact: 'nothing was recorded' }
        )
      case 'not':
        return opposite(judge(expression.operand))
      case 'and':
        return allOf([judge(expression.left), judge(expression.right)])
      case 'or':
        return anyOf([judge(expression.left), judge(expression.right)])
      default:
        return expression satisfies never
    }
  }
  return {
    record(event) {
      const nowMs = now()
      for (const gauge of gauges.values()) gauge.add(event, nowMs)
    },
    evaluate: () =>
      expectations.map(({ text, expression }) => {
        const { verdict, value, fact } = judge(expression)
        const ok = verdict === 'holds'
        return { expression: text, ok, value, reason: ok ? null : fact }
      }),
  }
}

function comparisonsOf(expression: Expression): Comparison[] {
  switch (expression.type) {
    case 'comparison':
      return [expression]
    case 'not':
      return comparisonsOf(expression.operand)
    case 'and':
    case 'or':
      return [...comparisonsOf(expression.left), ...comparisonsOf(expression.right)]
    default:
      return expression satisfies never
  }
}

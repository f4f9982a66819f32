import type { Aggregate } from '../figures/aggregate.js'
import type { Figure } from '../figures/figure.js'
import type { Quantity } from '../figures/figure-kind.js'

/** Where something stands in the text, in UTF-16 units; `end` is the first one after it. */
export interface Span {
  start: number
  end: number
}

export const NUMBER_OPERATORS = ['==', '!=', '<', '<=', '>', '>='] as const
export const WORD_OPERATORS = ['==', '!='] as const
export const SET_OPERATORS = ['includes'] as const

export type NumberOperator = (typeof NUMBER_OPERATORS)[number]
export type WordOperator = (typeof WORD_OPERATORS)[number]

/** What a figure is held against, by the kind of the figure. */
export type Condition =
  | { against: 'number'; operator: NumberOperator; quantity: Quantity }
  | { against: 'word'; operator: WordOperator; word: string }
  | { against: 'set'; operator: 'includes'; word: string }

export interface Comparison {
  type: 'comparison'
  figure: Figure
  /** As written; null stands for the figure's own. */
  aggregate: Aggregate | null
  condition: Condition
  /** In every sample of the last so long of the run, instead of an aggregate. */
  window: Quantity | null
  span: Span
}

export type Expression =
  | Comparison
  | { type: 'not'; operand: Expression; span: Span }
  | { type: 'and' | 'or'; left: Expression; right: Expression; span: Span }

/** The expression as text that parses to the same tree, with no more parentheses than that takes. */
export function formatExpression(expression: Expression): string {
  switch (expression.type) {
    case 'comparison':
      return formatComparison(expression)
    case 'not':
      return `not ${enclosed(expression.operand, 'not')}`
    case 'and':
    case 'or': {
      const { type, left, right } = expression
      // Both group to the left: only on the right does their own kind need parentheses.
      return `${enclosed(left, type)} ${type} ${enclosed(right, type, { tighter: true })}`
    }
    default:
      return expression satisfies never
  }
}

const BINDING = { or: 1, and: 2, not: 3, comparison: 4 }

function enclosed(inner: Expression, outer: Expression['type'], { tighter = false } = {}): string {
  const text = formatExpression(inner)
  const least = BINDING[outer] + (tighter ? 1 : 0)
  return BINDING[inner.type] < least ? `(${text})` : text
}

function formatComparison({ figure, aggregate, condition, window }: Comparison): string {
  const name = aggregate === null ? figure.name : `${figure.name}.${aggregate}`
  const value = condition.against === 'number' ? formatQuantity(condition.quantity) : condition.word
  const suffix = window === null ? '' : ` for ${formatQuantity(window)}`
  return `${name} ${condition.operator} ${value}${suffix}`
}

function formatQuantity({ amount, unit }: Quantity): string {
  return `${amount}${unit}`
}

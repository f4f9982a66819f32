import type { Condition, NumberOperator } from './expression.js'
import { toBaseUnit, type FigureKind } from '../figures/figure-kind.js'
import { sameWord } from './same-word.js'

/** Whether a measured value, in the base unit of its kind, fulfils the condition. */
export function fulfils(
  value: number | string,
  condition: Exclude<Condition, { against: 'set' }>,
  kind: FigureKind,
) {
  if (condition.against === 'word') {
    return sameWord(String(value), condition.word) === (condition.operator === '==')
  }
  const limit = toBaseUnit(condition.quantity, kind)
  return typeof value === 'number' && limit !== null && compareNumbers(value, condition.operator, limit)
}

function compareNumbers(value: number, operator: NumberOperator, limit: number): boolean {
  switch (operator) {
    case '==':
      return value === limit
    case '!=':
      return value !== limit
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    default:
      return operator satisfies never
  }
}

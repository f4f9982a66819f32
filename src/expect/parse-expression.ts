import { AGGREGATES, isAggregate, WORD_AGGREGATES, type Aggregate } from '../figures/aggregate.js'
import {
  NUMBER_OPERATORS,
  SET_OPERATORS,
  WORD_OPERATORS,
  type Comparison,
  type Condition,
  type Expression,
} from './expression.js'
import { faultAt } from './fault.js'
import { describeKind, toBaseUnit, unitsOf, type FigureKind, type Quantity } from '../figures/figure-kind.js'
import type { Figure } from '../figures/figure.js'
import { FIGURES, findFigure } from '../figures/figures.js'
import { nearestWord } from './nearest-word.js'
import { sameWord } from './same-word.js'
import { tokenize, type Token } from './token.js'

const KEYWORDS = new Set(['and', 'or', 'not', 'for', 'includes'])

/** Reads one expression; throws USAGE with a caret under what is wrong. The grammar is in README.md. */
export function parseExpression(source: string): Expression {
  const parser = new Parser(source)
  return parser.parse()
}

class Parser {
  readonly #source: string
  readonly #tokens: Token[]
  #index = 0

  constructor(source: string) {
    this.#source = source
    this.#tokens = tokenize(source)
  }

  parse(): Expression {
    const expression = this.#binary('or', () => this.#binary('and', () => this.#unary()))
    const rest = this.#peek()
    if (rest.type === 'end') return expression
    if (rest.type === ')') throw this.#fault(rest, 'this parenthesis was never opened')
    throw this.#fault(rest, `${quoted(rest.text)} comes too late: join comparisons with and, or`)
  }

  #binary(type: 'and' | 'or', operand: () => Expression): Expression {
    let left = operand()
    while (this.#takeKeyword(type)) {
      const right = operand()
      left = { type, left, right, span: { start: left.span.start, end: right.span.end } }
    }
    return left
  }

  #unary(): Expression {
    const start = this.#peek().start
    if (this.#takeKeyword('not')) {
      const operand = this.#unary()
      return { type: 'not', operand, span: { start, end: operand.span.end } }
    }
    if (this.#peek().type !== '(') return this.#comparison()
    this.#next()
    const inner = this.#binary('or', () => this.#binary('and', () => this.#unary()))
    const close = this.#next()
    if (close.type === ')') return inner
    throw this.#fault(close, `a ) is missing${close.type === 'end' ? '' : ` before ${quoted(close.text)}`}`)
  }

  #comparison(): Comparison {
    const name = this.#next()
    const { figure, aggregate } = this.#figure(name)
    const kind = aggregate === 'count' ? 'count' : figure.kind
    const condition = this.#condition(figure, kind)
    const window = this.#window(figure, aggregate)
    return {
      type: 'comparison',
      figure,
      aggregate,
      condition,
      window,
      span: { start: name.start, end: this.#lastEnd },
    }
  }

  #figure(token: Token): { figure: Figure; aggregate: Aggregate | null } {
    if (token.type !== 'name' || KEYWORDS.has(token.text)) throw this.#figureMissing(token)
    const whole = findFigure(token.text)
    if (whole) return { figure: whole, aggregate: null }
    const dot = token.text.lastIndexOf('.')
    const figure = findFigure(token.text.slice(0, Math.max(dot, 0)))
    if (!figure) throw this.#unknownFigure(token)
    const aggregate = this.#aggregate(figure, token.text.slice(dot + 1), token.start + dot + 1)
    return { figure, aggregate }
  }

  #aggregate(figure: Figure, name: string, position: number): Aggregate {
    const { name: figureName, kind, source } = figure
    if (!isAggregate(name)) {
      throw this.#fault(
        { start: position },
        `${figureName} has no ${quoted(name)}, it has ${AGGREGATES.join(', ')}`,
      )
    }
    if (source.over !== 'samples') {
      throw this.#fault(
        { start: position },
        `${figureName} is one figure for the whole run: leave out .${name}`,
      )
    }
    if (kind !== 'word' || WORD_AGGREGATES.includes(name)) return name
    throw this.#fault(
      { start: position },
      `${figureName} is a word: it has ${WORD_AGGREGATES.join(', ')}, not ${name}`,
    )
  }

  #condition(figure: Figure, kind: FigureKind): Condition {
    const operator = this.#next()
    switch (kind) {
      case 'set':
        this.#oneOf(SET_OPERATORS, operator, figure, kind)
        return { against: 'set', operator: 'includes', word: this.#word(figure, kind) }
      case 'word': {
        const known = this.#oneOf(WORD_OPERATORS, operator, figure, kind)
        return { against: 'word', operator: known, word: this.#word(figure, kind) }
      }
      case 'time':
      case 'bitrate':
      case 'rate':
      case 'bytes':
      case 'ratio':
      case 'count':
      case 'number': {
        const known = this.#oneOf(NUMBER_OPERATORS, operator, figure, kind)
        return { against: 'number', operator: known, quantity: this.#quantity(figure.name, kind) }
      }
      default:
        return kind satisfies never
    }
  }

  #oneOf<Operator extends string>(
    fitting: readonly Operator[],
    token: Token,
    { name }: Figure,
    kind: FigureKind,
  ): Operator {
    const operator = fitting.find((known) => known === token.text)
    if (operator !== undefined) return operator
    const list = fitting.join(' ')
    if (token.type === 'end') throw this.#fault(token, `an operator is missing after ${name}: ${list}`)
    const isOperator = token.type === 'operator' || token.text === 'includes'
    if (!isOperator) throw this.#fault(token, `an operator is missing before ${quoted(token.text)}: ${list}`)
    throw this.#fault(token, `${name} is ${describeKind(kind).name}: compare it with ${list}`)
  }

  #word({ name, words }: Figure, kind: 'word' | 'set'): string {
    const token = this.#next()
    const { text } = token
    const known = words === undefined ? '' : `: ${words.join(', ')}`
    if (token.type === 'end') throw this.#fault(token, `a word is missing${known}`)
    if (token.type !== 'name' || KEYWORDS.has(text)) {
      throw this.#fault(token, `${name} is ${describeKind(kind).name}, ${quoted(text)} is none${known}`)
    }
    if (words === undefined || words.some((word) => sameWord(word, text))) return text
    throw this.#fault(token, `${name} is never ${quoted(text)}, it is one of ${words.join(', ')}`)
  }

  #quantity(name: string, kind: FigureKind): Quantity {
    const token = this.#next()
    const { name: what, example } = describeKind(kind)
    if (token.type === 'end') throw this.#fault(token, `a value is missing: write ${example}`)
    if (token.type !== 'quantity') throw this.#fault(token, `${name} is ${what}: write ${example}`)
    this.#rejectDetachedUnit(token, kind)
    if (toBaseUnit(token.quantity, kind) !== null) return token.quantity
    throw this.#fault({ start: token.start }, `${name} is ${what}: write ${example}`)
  }

  #rejectDetachedUnit({ text }: Token, kind: FigureKind): void {
    const next = this.#peek()
    if (next.type !== 'name' || !unitsOf(kind).includes(next.text)) return
    throw this.#fault(next, `write ${text}${next.text}, without the space`)
  }

  #window({ name, source }: Figure, aggregate: Aggregate | null): Quantity | null {
    const keyword = this.#peek()
    if (!this.#takeKeyword('for')) return null
    if (source.over !== 'samples') {
      throw this.#fault(keyword, `${name} is one figure for the whole run: leave out for`)
    }
    if (aggregate !== null) {
      throw this.#fault(keyword, `for looks at every sample: leave out .${aggregate}`)
    }
    const quantity = this.#quantity('what follows for', 'time')
    if (quantity.amount > 0) return quantity
    throw this.#fault({ start: this.#lastStart }, 'what follows for is more than nothing: write 5s')
  }

  #figureMissing(token: Token) {
    if (token.type === 'end') return this.#fault(token, 'a figure is missing, such as rtt or path')
    return this.#fault(token, `${quoted(token.text)} is no figure: start with one, such as rtt or path`)
  }

  #unknownFigure({ text, start }: Token) {
    const nearest = nearestWord(
      text,
      FIGURES.map(({ name }) => name),
    )
    const proposal = nearest === undefined ? 'see --help for all of them' : `perhaps ${nearest} is meant`
    return this.#fault({ start }, `there is no figure ${quoted(text)}, ${proposal}`)
  }

  #fault({ start }: { start: number }, sentence: string) {
    return faultAt(this.#source, start, sentence)
  }

  #takeKeyword(keyword: string): boolean {
    const token = this.#peek()
    if (token.type !== 'name' || token.text !== keyword) return false
    this.#next()
    return true
  }

  #peek(): Token {
    const { length } = this.#source
    return this.#tokens[this.#index] ?? { type: 'end', text: '', start: length, end: length }
  }

  #next(): Token {
    const token = this.#peek()
    this.#index += 1
    return token
  }

  get #lastStart(): number {
    return this.#tokens[this.#index - 1]?.start ?? 0
  }

  get #lastEnd(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text)
}

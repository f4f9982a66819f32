import type { Span } from './expression.js'
import { faultAt } from './fault.js'
import type { Quantity } from '../figures/figure-kind.js'

/** Longer than anybody writes, short enough that no text can cost much. */
const MAX_EXPRESSION_LENGTH = 1_000

export type Token = Span & { text: string } & (
    | { type: 'name' }
    | { type: 'quantity'; quantity: Quantity }
    | { type: 'operator' }
    | { type: '(' }
    | { type: ')' }
    | { type: 'end' }
  )

const NAME = /[A-Za-z_][\w-]*(?:\.[\w-]+)*/y
const QUANTITY = /(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([A-Za-z%][A-Za-z%/]*)?/y
const OPERATOR = /==|!=|<=|>=|<|>/y

/** What people write out of habit, and what is meant. */
const HABITS: readonly [RegExp, string][] = [
  [/&&?/y, 'write and'],
  [/\|\|?/y, 'write or'],
  [/!/y, 'write not'],
  [/=/y, 'write =='],
  [/-\d/y, 'no figure is below 0'],
  [/\.\d/y, 'write 0 before the point'],
  [/["'`]/y, 'words are written without quotes'],
]

/** The parts of an expression, an `end` last; throws USAGE at the first character that cannot be one. */
export function tokenize(source: string): Token[] {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw faultAt(
      source.slice(0, MAX_EXPRESSION_LENGTH),
      MAX_EXPRESSION_LENGTH,
      `an expression has at most ${MAX_EXPRESSION_LENGTH} characters`,
    )
  }
  const tokens: Token[] = []
  let position = 0
  for (;;) {
    position += matchAt(/\s*/y, source, position)?.[0].length ?? 0
    const token = readToken(source, position)
    tokens.push(token)
    if (token.type === 'end') return tokens
    position = token.end
  }
}

function readToken(source: string, start: number): Token {
  const spanned = (text: string) => ({ text, start, end: start + text.length })
  const character = source.charAt(start)
  if (character === '') return { type: 'end', ...spanned('') }
  if (character === '(' || character === ')') return { type: character, ...spanned(character) }
  const quantity = matchAt(QUANTITY, source, start)
  if (quantity)
    return { type: 'quantity', quantity: readQuantity(source, start, quantity), ...spanned(quantity[0]) }
  const operator = matchAt(OPERATOR, source, start)
  if (operator) return { type: 'operator', ...spanned(operator[0]) }
  const name = matchAt(NAME, source, start)
  if (name) return { type: 'name', ...spanned(name[0]) }
  throw strayCharacter(source, start)
}

function readQuantity(source: string, start: number, [, digits = '', unit = '']: RegExpExecArray): Quantity {
  const amount = Number(digits)
  if (!Number.isFinite(amount)) throw faultAt(source, start, 'the number is too large')
  return { amount, unit }
}

function strayCharacter(source: string, position: number) {
  const habit = HABITS.find(([pattern]) => matchAt(pattern, source, position) !== null)
  const codePoint = String.fromCodePoint(source.codePointAt(position) ?? 0)
  return faultAt(source, position, habit?.[1] ?? `${JSON.stringify(codePoint)} has no meaning here`)
}

function matchAt(pattern: RegExp, source: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position
  return pattern.exec(source)
}

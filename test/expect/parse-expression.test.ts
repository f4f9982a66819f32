import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { AGGREGATES, WORD_AGGREGATES } from '../../src/figures/aggregate.js'
import {
  formatExpression,
  NUMBER_OPERATORS,
  WORD_OPERATORS,
  type Expression,
} from '../../src/expect/expression.js'
import { unitsOf, type FigureKind, type Quantity } from '../../src/figures/figure-kind.js'
import type { Figure } from '../../src/figures/figure.js'
import { FIGURES } from '../../src/figures/figures.js'
import { parseExpression } from '../../src/expect/parse-expression.js'

const span = { start: 0, end: 0 }

/** The tree without the places in the text. */
function shapeOf(expression: Expression): Expression {
  switch (expression.type) {
    case 'comparison':
      return { ...expression, span }
    case 'not':
      return { ...expression, operand: shapeOf(expression.operand), span }
    case 'and':
    case 'or':
      return { ...expression, left: shapeOf(expression.left), right: shapeOf(expression.right), span }
    default:
      return expression satisfies never
  }
}

const quantity = (kind: FigureKind): fc.Arbitrary<Quantity> =>
  fc.record({
    amount: fc.oneof(fc.nat(1_000_000), fc.double({ min: 0, max: 1e30, noNaN: true })),
    unit: fc.constantFrom(...unitsOf(kind)),
  })

const word = ({ words = ['VP8', 'opus', 'telephone-event', 'PEER_SILENT'] }: Figure) =>
  fc.constantFrom(...words)

const comparison = fc.constantFrom(...FIGURES).chain((figure): fc.Arbitrary<Expression> => {
  const base = { type: 'comparison' as const, figure, span }
  const isSampled = figure.source.over === 'samples'
  const plain = { ...base, aggregate: null, window: null }
  if (figure.kind === 'set') {
    return word(figure).map(
      (name) => ({ ...plain, condition: { against: 'set', operator: 'includes', word: name } }) as const,
    )
  }
  const fitting = figure.kind === 'word' ? WORD_AGGREGATES : AGGREGATES
  const aggregates = isSampled ? fc.option(fc.constantFrom(...fitting)) : fc.constant(null)
  return aggregates.chain((aggregate) => {
    const window =
      isSampled && aggregate === null
        ? fc.option(quantity('time').filter(({ amount }) => amount > 0))
        : fc.constant(null)
    const condition =
      figure.kind === 'word' && aggregate !== 'count'
        ? fc.record({
            against: fc.constant('word' as const),
            operator: fc.constantFrom(...WORD_OPERATORS),
            word: word(figure),
          })
        : fc.record({
            against: fc.constant('number' as const),
            operator: fc.constantFrom(...NUMBER_OPERATORS),
            quantity: quantity(aggregate === 'count' ? 'count' : figure.kind),
          })
    return fc.record({ condition, window }).map((rest) => ({ ...base, aggregate, ...rest }))
  })
})

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    comparison,
    tie('expression').map((operand) => ({ type: 'not' as const, operand, span })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), tie('expression'), tie('expression'))
      .map(([type, left, right]) => ({ type, left, right, span })),
  ),
}))

/** What an expression comes to: nothing wrong, USAGE with a caret at a place in the text, or something else. */
function caretOf(source: string): number | 'fine' | 'broken' {
  try {
    parseExpression(source)
    return 'fine'
  } catch (error) {
    if (!(error instanceof PeerError) || error.code !== 'USAGE') return 'broken'
    const [shown = '', caret = ''] = error.hint?.split('\n') ?? []
    const position = caret.length - 1
    const isTold = /^--expect: .*\.$/s.test(error.message) && /^ *\^$/.test(caret)
    const isInside = position <= source.length && shown.length === Math.min(source.length, 1_000)
    return isTold && isInside ? position : 'broken'
  }
}

describe('the parser', () => {
  it('reads back what was formatted', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        const text = formatExpression(tree)
        fc.pre(text.length <= 1_000)
        expect(shapeOf(parseExpression(text))).toEqual(shapeOf(tree))
      }),
      { numRuns: 1_000 },
    )
  })

  it('throws nothing but USAGE with a caret inside the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(caretOf(text)).not.toBe('broken')
      }),
      { numRuns: 1_000 },
    )
  })

  it('does so for what is nearly an expression', () => {
    const parts = [
      'rtt',
      'path',
      '.p95',
      '.',
      '<',
      '==',
      '=',
      'for',
      'includes',
      'and',
      'or',
      'not',
      '(',
      ')',
      '80',
      'ms',
      '80ms',
      'relay',
      ' ',
      '%',
      '-1',
      '1e999',
      'freezes',
      'candidates.local',
    ]
    const nearly = fc.array(fc.constantFrom(...parts), { maxLength: 12 })
    fc.assert(
      fc.property(nearly, (some) => {
        expect(caretOf(some.join(' '))).not.toBe('broken')
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(nearly, (some) => {
        expect(caretOf(some.join(''))).not.toBe('broken')
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    '('.repeat(1_000),
    'not '.repeat(250),
    `${'('.repeat(490)}rtt<1s${')'.repeat(490)}`,
    'x'.repeat(5_000),
  ])('has no text that is too deep for it', (text) => {
    expect(caretOf(text)).not.toBe('broken')
  })

  it.each([
    ['rtt<80ms', 'rtt < 80ms'],
    ['  path\t==\n relay ', 'path == relay'],
    ['((path == relay))', 'path == relay'],
    ['not (path == relay)', 'not path == relay'],
    ['not not path == relay', 'not not path == relay'],
    ['(path == relay and rtt < 1s) and warnings == 0', 'path == relay and rtt < 1s and warnings == 0'],
    ['path == relay and (rtt < 1s and warnings == 0)', 'path == relay and (rtt < 1s and warnings == 0)'],
    ['path == relay or (rtt < 1s and warnings == 0)', 'path == relay or rtt < 1s and warnings == 0'],
    ['(path == relay or rtt < 1s) and warnings == 0', '(path == relay or rtt < 1s) and warnings == 0'],
    ['not (path == relay or rtt < 1s)', 'not (path == relay or rtt < 1s)'],
    ['transfer.rate>0', 'transfer.rate > 0'],
    ['rtt < 1e3ms for 1.50s', 'rtt < 1000ms for 1.5s'],
  ])('reads %j as %j', (source, formatted) => {
    expect(formatExpression(parseExpression(source))).toBe(formatted)
  })

  it('keeps where each part stands', () => {
    const source = 'warnings == 0 and not rtt.p95 < 80ms'
    const tree = parseExpression(source)
    if (tree.type !== 'and' || tree.right.type !== 'not')
      throw new Error(`a tree of another shape: ${tree.type}`)
    const at = ({ start, end }: { start: number; end: number }) => source.slice(start, end)
    expect([tree.span, tree.left.span, tree.right.span, tree.right.operand.span].map(at)).toEqual([
      source,
      'warnings == 0',
      'not rtt.p95 < 80ms',
      'rtt.p95 < 80ms',
    ])
  })
})

describe('units', () => {
  it.each([
    ['time', 'rtt', ['us', 'ms', 's', 'm', 'h']],
    [
      'bitrate',
      'transport.send',
      ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'B/s', 'kB/s', 'MB/s', 'KiB/s', 'MiB/s'],
    ],
    ['rate', 'transfer.rate', ['B/s', 'kB/s', 'MB/s', 'GB/s', 'MiB/s', 'Mbit/s']],
    ['bytes', 'transfer.bytes', ['', 'B', 'kB', 'MB', 'GB', 'KiB', 'MiB', 'GiB']],
    ['ratio', 'inbound.video.loss', ['%']],
    ['count', 'freezes', ['']],
    ['number', 'inbound.video.fps', ['']],
  ])('of %s', (_kind, figure, units) => {
    for (const unit of units) expect(caretOf(`${figure} > 1.5${unit}`)).toBe('fine')
    const wrong = ['ms', 'Mbit/s', '%', 'MiB', 'x'].filter((unit) => !units.includes(unit))
    for (const unit of wrong) expect(caretOf(`${figure} > 1.5${unit}`)).toBe(figure.length + 3)
    expect(caretOf(`${figure} > 0`)).toBe('fine')
  })
})

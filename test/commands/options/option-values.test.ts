import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  durationOf,
  statsIntervalOf,
  integerOf,
  portRangeOf,
  positiveNumberOf,
  textOf,
  wordOf,
  wordsOf,
} from '../../../src/commands/options/option-values.js'
import { PeerError } from '../../../src/errors.js'

const words = ['host', 'srflx', 'relay'] as const

describe('option values', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('reads the duration %s', (text, ms) => expect(durationOf('--timeout')(text)).toBe(ms))

  it.each([
    [durationOf('--timeout'), 'soon', '--timeout must be a duration such as 500ms, 10s or 2m, got "soon".'],
    [durationOf('--timeout'), '10', '--timeout must be a duration such as 500ms, 10s or 2m, got "10".'],
    [durationOf('--timeout'), '0s', '--timeout must be more than 0 and less than 24 days, got "0s".'],
    [statsIntervalOf('--interval'), '99ms', '--interval must be at least 100ms, got "99ms".'],
    [durationOf('--timeout'), '900h', '--timeout must be more than 0 and less than 24 days, got "900h".'],
    [integerOf('--port', 0, 65_535), '65536', '--port must be a whole number from 0 to 65535, got "65536".'],
    [integerOf('--port', 0, 65_535), '1e3', '--port must be a whole number from 0 to 65535, got "1e3".'],
    [integerOf('--port', 0, 65_535), '', '--port must be a whole number from 0 to 65535, got "".'],
    [positiveNumberOf('--width'), '0', '--width must be a number above 0, got "0".'],
    [positiveNumberOf('--width'), 'Infinity', '--width must be a number above 0, got "Infinity".'],
    [wordOf('--type', words), 'magic', '--type must be host, srflx or relay, got "magic".'],
    [wordsOf('--types', words), ' , ', '--types must name some of host,srflx,relay, got " , ".'],
    [
      portRangeOf('--port-range'),
      '9:8',
      '--port-range must be MIN:MAX with 1 <= MIN <= MAX <= 65535, got "9:8".',
    ],
    [
      portRangeOf('--port-range'),
      '0:8',
      '--port-range must be MIN:MAX with 1 <= MIN <= MAX <= 65535, got "0:8".',
    ],
    [textOf('--room', 4), '', '--room must not be empty, got "".'],
    [textOf('--room', 4), 'abcde', '--room must have at most 4 characters, got "abcde".'],
    [textOf('--room', 4), 'a\u001b', '--room must be printable, got "a\\u001b".'],
    [textOf('--room', 4), 'a\u202e', '--room must be printable, got "a\u202e".'],
  ])('%# refuses %j', (read, text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'USAGE', message }))
  })

  it('reads lists and ranges', () => {
    expect(wordsOf('--types', words)('host, relay')).toEqual(['host', 'relay'])
    expect(portRangeOf('--port-range')('4000:5000')).toEqual({ min: 4000, max: 5000 })
  })

  it('throws nothing but a usage error, whatever is given', () => {
    const readers = [
      durationOf('--a'),
      integerOf('--b', 1, 2),
      portRangeOf('--c'),
      textOf('--d', 9),
      wordsOf('--e', words),
    ]
    fc.assert(
      fc.property(fc.constantFrom(...readers), fc.string({ unit: 'binary' }), (read, text) => {
        expect(refusalOf(read, text)).toMatchObject({ code: 'USAGE' })
      }),
    )
  })
})

/** What the reader throws; a stand-in where it takes the text. */
function refusalOf(read: (text: string) => unknown, text: string): unknown {
  try {
    read(text)
  } catch (error) {
    return error
  }
  return new PeerError('USAGE', 'taken')
}

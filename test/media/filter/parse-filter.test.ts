import { describe, expect, it } from 'vitest'
import { PeerError } from '../../../src/errors.js'
import { parseFilterList } from '../../../src/media/filter/parse-filter.js'

const parse = (source: string) => parseFilterList(source, '--filter')

describe('a CSS filter list', () => {
  it.each([
    ['none', []],
    ['grayscale(50%)', [{ name: 'grayscale', amount: 0.5 }]],
    ['grayscale()', [{ name: 'grayscale', amount: 1 }]],
    ['grayscale(3)', [{ name: 'grayscale', amount: 1 }]],
    ['Brightness( 1.5 )', [{ name: 'brightness', amount: 1.5 }]],
    ['hue-rotate(0.5turn)', [{ name: 'hue-rotate', degrees: 180 }]],
    ['hue-rotate(0)', [{ name: 'hue-rotate', degrees: 0 }]],
    ['hue-rotate(-100grad)', [{ name: 'hue-rotate', degrees: -90 }]],
    ['blur(2px)', [{ name: 'blur', deviation: 2 }]],
    ['blur()', [{ name: 'blur', deviation: 0 }]],
    [
      'invert(1)blur(.5px)',
      [
        { name: 'invert', amount: 1 },
        { name: 'blur', deviation: 0.5 },
      ],
    ],
    [
      'drop-shadow(4px -2px 3px #f00)',
      [
        {
          name: 'drop-shadow',
          offsetX: 4,
          offsetY: -2,
          deviation: 3,
          colour: { red: 1, green: 0, blue: 0, alpha: 1 },
        },
      ],
    ],
    [
      'drop-shadow(rgba(0, 255, 0, 0.5) 0 1px)',
      [
        {
          name: 'drop-shadow',
          offsetX: 0,
          offsetY: 1,
          deviation: 0,
          colour: { red: 0, green: 1, blue: 0, alpha: 0.5 },
        },
      ],
    ],
  ])('%s', (source, expected) => {
    expect(parse(source)).toEqual(expected)
  })

  it('has radians', () => {
    expect(parse('hue-rotate(3.14159265rad)')[0]).toMatchObject({ degrees: expect.closeTo(180, 5) })
  })

  it.each([
    ['', 0, 'must not be empty'],
    ['greyscale(1)', 0, '"greyscale" is no filter function'],
    ['blur(2px) wobble(1)', 10, '"wobble"'],
    ['grayscale 50%', 9, 'followed by "("'],
    ['grayscale(50%', 13, 'closed by ")"'],
    ['grayscale(50%) ; blur(1px)', 15, 'must be here'],
    ['grayscale(-1)', 10, 'negative'],
    ['sepia(50px)', 6, 'a number or a percentage'],
    ['sepia(1 2)', 8, 'another one'],
    ['blur(2)', 5, 'a length in px'],
    ['blur(-1px)', 5, 'negative'],
    ['blur(1e6px)', 5, 'at most'],
    ['hue-rotate(90)', 11, 'deg, grad, rad or turn'],
    ['hue-rotate(90constructor)', 11, 'deg, grad, rad or turn'],
    ['drop-shadow(4px)', 15, 'two lengths'],
    ['drop-shadow(1px 2px 3px 4px red)', 24, 'three lengths at most'],
    ['drop-shadow(1px 2px mauvish)', 20, 'no colour'],
    ['drop-shadow(red 1px green 2px)', 20, 'not "green"'],
    ['none blur(1px)', 0, '"none"'],
    ['blur(1px) '.repeat(33), 320, 'at most 32'],
  ])('says what is wrong with %j, and where', (source, position, words) => {
    const error = thrownBy(() => parse(source))
    expect(error.code).toBe('USAGE')
    expect(error.message).toContain('--filter: ')
    expect(error.message).toContain(words)
    expect(error.hint?.split('\n')[1]).toBe(`${' '.repeat(position)}^`)
  })
})

function thrownBy(run: () => unknown): PeerError {
  try {
    run()
  } catch (error) {
    if (error instanceof PeerError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

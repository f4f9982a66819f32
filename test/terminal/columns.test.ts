import { describe, expect, it } from 'vitest'
import { alignColumns, displayWidth, truncate, wrapLabelled, wrapWords } from '../../src/terminal/columns.js'

describe('columns', () => {
  it.each([
    ['abc', 3],
    ['報告', 4],
    ['e\u0301', 1],
    ['👍', 2],
    ['', 0],
  ])('measures %s as %i cells', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abc...'],
    ['報告書類', 6, '報...'],
    ['abcdef', 2, '..'],
  ])('cuts %s to %i cells', (text, width, cut) => {
    expect(truncate(text, width)).toBe(cut)
  })

  it('aligns and cuts the widest column first', () => {
    expect(
      alignColumns(
        [
          ['name', 'size'],
          ['a-long-name-here', '1 B'],
        ],
        14,
      ),
    ).toEqual(['name      size', 'a-lon...  1 B'])
  })

  it('wraps after commas and arrows under the label', () => {
    expect(wrapLabelled('pair ', 'a b -> c d, direct, far too long', 14)).toEqual([
      'pair a b ->',
      '     c d,',
      '     direct,',
      '     far to...',
    ])
  })

  it('wraps prose between words', () => {
    expect(wrapWords('/send  ', 'sends a file, or more', 16)).toEqual([
      '/send  sends a',
      '       file, or',
      '       more',
    ])
  })
})

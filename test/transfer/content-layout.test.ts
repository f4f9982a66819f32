import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContentLayout } from '../../src/transfer/content-layout.js'
import type { ManifestEntry } from '../../src/transfer/manifest.js'

const entryOf = (type: ManifestEntry['type'], size: number, index: number): ManifestEntry => ({
  path: `entry-${index}`,
  type,
  size,
  mode: 0o644,
  mtimeMs: 0,
})

describe('the files that the bytes of a frame belong to', () => {
  it('are those that one after the other would say', () => {
    const sizes = fc.array(fc.option(fc.integer({ min: 0, max: 5 })), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), fc.nat(), (sized, anyFile, anyOffset, anyLength) => {
        const entries = sized.map((size, index) =>
          entryOf(size === null ? 'directory' : 'file', size ?? 0, index),
        )
        const bytes = entries.flatMap(({ size }, file) =>
          Array.from({ length: size }, (_byte, offset) => ({ file, offset })),
        )
        const file = anyFile % entries.length
        fc.pre(entries[file]?.type === 'file')
        const start = entries.slice(0, file).reduce((sum, { size }) => sum + size, 0)
        const offset = anyOffset % (bytes.length - start + 1)
        const length = anyLength % (bytes.length - start - offset + 1)
        const chunk = Uint8Array.from({ length }, (_byte, index) => index)
        const parts = new ContentLayout(entries).split({ file, offset, chunk })
        const placed = parts.flatMap((part) =>
          Array.from(part.chunk, (_byte, index) => ({ file: part.file, offset: part.offset + index })),
        )
        expect(placed).toEqual(bytes.slice(start + offset, start + offset + length))
        expect(parts.flatMap((part) => [...part.chunk])).toEqual([...chunk])
      }),
      { numRuns: 10_000 },
    )
  })

  it.each([
    ['of a file that was not offered', 2, 0, 'PROTOCOL_VIOLATION'],
    ['of a directory', 0, 0, 'PROTOCOL_VIOLATION'],
    ['beyond the last file', 1, 1, 'DATA_MISMATCH'],
    ['far beyond', 1, Number.MAX_SAFE_INTEGER, 'DATA_MISMATCH'],
  ])('are none where they are said to be %s', (_what, file, offset, code) => {
    const layout = new ContentLayout([entryOf('directory', 0, 0), entryOf('file', 4, 1)])
    expect(() => layout.split({ file, offset, chunk: new Uint8Array(4) })).toThrow(
      expect.objectContaining({ code }),
    )
  })

  it('are of the stream, however far it goes', () => {
    const part = { file: 0, offset: 2 ** 40, chunk: new Uint8Array(4) }
    expect(new ContentLayout([entryOf('stream', 0, 0)]).split(part)).toEqual([part])
  })
})

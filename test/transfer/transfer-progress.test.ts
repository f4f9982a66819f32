import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { PeerEventOf } from '../../src/events.js'
import type { ManifestEntry } from '../../src/transfer/manifest.js'
import { createTransferProgress } from '../../src/transfer/transfer-progress.js'

const entry = (path: string, type: ManifestEntry['type'], size: number): ManifestEntry => ({
  path,
  type,
  size,
  mode: 0o644,
  mtimeMs: 0,
})
const TREE = [entry('d', 'directory', 0), entry('d/a', 'file', 100), entry('d/b', 'file', 50)]

function start(entries: readonly ManifestEntry[]) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const reported: PeerEventOf<'transfer-progress'>[] = []
  const progress = createTransferProgress('send', entries, (event) => {
    if (event.event === 'transfer-progress') reported.push(event)
  })
  return { progress, reported }
}

describe('the progress of a transfer', () => {
  it('says how far the file is of which bytes came last, whatever comes in between', () => {
    const { progress, reported } = start(TREE)
    const steps: [bytes: number, file: number][] = [
      [30, 1],
      [20, 2],
      [60, 1],
    ]
    for (const [bytes, file] of steps) {
      vi.advanceTimersByTime(250)
      progress.add(bytes, file)
    }
    vi.advanceTimersByTime(250)
    progress.resume(10, 1)
    expect(reported.map(({ bytesTransferred, file }) => [bytesTransferred, file])).toEqual([
      [30, { name: 'd/a', number: 1, of: 2, bytes: 100, bytesTransferred: 30 }],
      [50, { name: 'd/b', number: 2, of: 2, bytes: 50, bytesTransferred: 20 }],
      [110, { name: 'd/a', number: 1, of: 2, bytes: 100, bytesTransferred: 90 }],
      [120, { name: 'd/a', number: 1, of: 2, bytes: 100, bytesTransferred: 100 }],
    ])
  })

  it('is reported at most four times a second, and at the end', () => {
    const { progress, reported } = start([entry('a', 'file', 1_000)])
    for (let ms = 0; ms < 1_000; ms++) {
      progress.add(1, 0)
      vi.advanceTimersByTime(1)
    }
    const during = reported.length
    progress.finish([])
    expect([during, reported.length, reported.at(-1)?.bytesTransferred]).toEqual([3, 4, 1_000])
  })

  it('knows no size of a stream', () => {
    const { progress, reported } = start([entry('log', 'stream', 0)])
    vi.advanceTimersByTime(250)
    progress.add(7, 0)
    const file = { name: 'log', number: 1, of: 1, bytes: null, bytesTransferred: 7 }
    expect(reported).toMatchObject([{ bytes: null, file }])
  })
})

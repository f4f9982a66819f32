import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  formatFileProgress,
  formatProgress,
  openLineProgress,
  openSpinnerProgress,
  type TransferProgress,
} from '../../src/terminal/progress.js'
import { watchForStalls } from '../../src/terminal/stalled-progress.js'
import { showPromptLine } from '../../src/terminal/prompt-line.js'
import { CapturedStream } from './captured-stream.js'

const at = (durationMs: number, bytesTransferred: number, bytes: number | null = 1000): TransferProgress => ({
  bytes,
  bytesTransferred,
  bytesPerSecond: 100,
  associations: 1,
  relayed: null,
  durationMs,
})
const file = { name: 'tree/a\nb.txt', number: 12, of: 500, bytes: 1000, bytesTransferred: 359 }

describe('the progress line', () => {
  it.each([
    [
      { ...at(1, 40_000_000, 95_100_000), bytesPerSecond: 31_200_000, relayed: false, associations: 4 },
      '42 %  40.0 MB of 95.1 MB  31.2 MB/s  ETA 2 s  4 associations, direct',
    ],
    [{ ...at(1, 999), bytesPerSecond: 0 }, '99 %  999 B of 1.0 kB  0 B/s  ETA -  1 association'],
    [{ ...at(1, 1000), relayed: true }, '100 %  1.0 kB of 1.0 kB  100 B/s  1 association, relayed'],
    [at(1, 0, 0), '100 %  0 B of 0 B  100 B/s  1 association'],
    [at(1, 999, null), '999 B  100 B/s  1 association'],
    [
      { ...at(1, 500), bytesPerSecond: 0, stalledMs: 7_900 },
      '50 %  500 B of 1.0 kB  0 B/s  stalled for 7 s  1 association',
    ],
    [
      { ...at(1, 500, null), bytesPerSecond: 0, stalledMs: 2_000 },
      '500 B  0 B/s  nothing for 2 s  1 association',
    ],
  ])('formats %o', (progress, shown) => {
    expect(formatProgress(progress)).toBe(shown)
  })

  it.each([
    [file, 'file 12 of 500  35 %  tree/a\\nb.txt'],
    [{ ...file, bytes: 0, bytesTransferred: 0, name: 'a' }, 'file 12 of 500  100 %  a'],
    [{ ...file, of: 1 }, ''],
    [null, ''],
  ])('says of the file %o: %s', (current, shown) => {
    expect(formatFileProgress({ ...at(1, 0), file: current })).toBe(shown)
  })
})

describe('progress in a log', () => {
  it('prints a line every two seconds and at the end, for each transfer', () => {
    const lines: string[] = []
    using progress = openLineProgress((line) => lines.push(line))
    for (let ms = 0; ms <= 5000; ms += 100) progress.update(at(ms, ms / 10))
    progress.end(at(5100, 1000))
    progress.update(at(100, 1))
    progress.end(at(200, 1000))
    expect(lines).toEqual([
      '20 %  200 B of 1.0 kB  100 B/s  ETA 8 s  1 association',
      '40 %  400 B of 1.0 kB  100 B/s  ETA 6 s  1 association',
      '100 %  1.0 kB of 1.0 kB  100 B/s  1 association',
      '100 %  1.0 kB of 1.0 kB  100 B/s  1 association',
    ])
  })

  it('prints nothing at the end of a transfer that failed', () => {
    const lines: string[] = []
    using progress = openLineProgress((line) => lines.push(line))
    progress.update(at(100, 10))
    progress.end()
    expect(lines).toEqual([])
  })
})

describe('progress that stops', () => {
  function openWatched() {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const lines: string[] = []
    return { lines, progress: watchForStalls(openLineProgress((line) => lines.push(line))) }
  }

  it('falls to 0 B/s within seconds and says for how long, until it moves again', () => {
    const { lines, progress } = openWatched()
    progress.update(at(2_000, 500))
    vi.advanceTimersByTime(5_000)
    progress.update(at(7_500, 600))
    vi.advanceTimersByTime(1_900)
    progress.update(at(9_500, 700))
    progress.end()
    vi.advanceTimersByTime(60_000)
    expect(lines).toEqual([
      '50 %  500 B of 1.0 kB  100 B/s  ETA 5 s  1 association',
      '50 %  500 B of 1.0 kB  0 B/s  stalled for 2 s  1 association',
      '50 %  500 B of 1.0 kB  0 B/s  stalled for 4 s  1 association',
      '70 %  700 B of 1.0 kB  100 B/s  ETA 3 s  1 association',
    ])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is none of what is all there and only has to be verified', () => {
    const { lines, progress } = openWatched()
    progress.update(at(2_000, 1000))
    vi.advanceTimersByTime(10_000)
    progress[Symbol.dispose]()
    expect(lines).toEqual(['100 %  1.0 kB of 1.0 kB  100 B/s  1 association'])
    expect(vi.getTimerCount()).toBe(0)
  })
})

/** What is printed above the prompt. */
function openAbovePrompt() {
  const above: string[] = []
  return { above, abovePrompt: openLineProgress((line) => above.push(line)) }
}

describe('progress on a terminal', () => {
  it('redraws at most ten times a second and leaves nothing behind', async () => {
    const stream = new CapturedStream({ isTTY: true })
    using progress = openSpinnerProgress(stream, { color: false, ...openAbovePrompt() })
    progress.update(at(0, 10))
    await vi.waitFor(() => expect(stream.text).toContain('1 %  10 B of 1.0 kB'))
    progress.update(at(50, 20))
    progress.update(at(120, 30))
    await vi.waitFor(() => expect(stream.text).toContain('3 %  30 B of 1.0 kB'))
    expect(stream.text).not.toContain('2 %')
    progress.end()
    const ended = stream.text
    expect(ended.endsWith('<clear line>')).toBe(true)
    expect(stream.text).not.toContain('\u001b[?25l')
  })

  it('has a second line for the file where there are several, and neither is wider than the terminal', async () => {
    const stream = new CapturedStream({ isTTY: true })
    using progress = openSpinnerProgress(stream, { color: false, ...openAbovePrompt() })
    progress.update({
      ...at(0, 123_000_000_000, 999_000_000_000),
      relayed: false,
      associations: 24,
      file: { ...file, name: 'deep/'.repeat(40) },
    })
    await vi.waitFor(() => expect(stream.text).toContain('file 12 of 500  35 %  deep/'))
    const [line = ''] = /  file 12[a-z0-9 %/]+\.\.\./.exec(stream.text) ?? []
    expect(line.length).toBe(stream.columns - 1)
    expect(stream.text).toContain('24 associations')
  })

  it('is lines above the prompt while somebody types', async () => {
    const stream = new CapturedStream({ isTTY: true })
    const { above, abovePrompt } = openAbovePrompt()
    using progress = openSpinnerProgress(stream, { color: false, abovePrompt })
    const prompt = showPromptLine({ clear: () => undefined, restore: () => undefined })
    onTestFinished(() => prompt[Symbol.dispose]())
    progress.update(at(0, 10))
    progress.update(at(2_100, 20))
    progress.end(at(2_200, 1000))
    await import('ora')
    expect(stream.text).toBe('')
    expect(above).toEqual([expect.stringMatching(/^2 % /)])
  })
})

import { describe, expect, it } from 'vitest'
import { SetUpSteps } from '../../src/report/set-up-steps.js'
import { drawTimeline } from '../../src/report/timeline.js'

/** Where the words beside the only bar begin, where the bar ends, and where the line of the connection is. */
function draw({ barMs, connectedMs }: { barMs: number; connectedMs: number }) {
  const setUp = new SetUpSteps()
  const of = { connection: 0 }
  setUp.add({ ...of, timeMs: 0, what: 'state', state: 'iceGatheringState', value: 'gathering' })
  setUp.add({ ...of, timeMs: barMs, what: 'state', state: 'iceGatheringState', value: 'complete' })
  const drawing = String(drawTimeline(setUp, connectedMs))
  const number = (pattern: RegExp) => Number(pattern.exec(drawing)?.[1])
  const bar = number(/class="bar bar-0"\s+x="([\d.]+)"/) + number(/class="bar bar-0"[^>]*\swidth="([\d.]+)"/)
  return {
    bar,
    words: number(/<text x="([\d.]+)" y="[\d.]+" class="took"/),
    line: number(/class="connected"\s+x1="([\d.]+)"/),
  }
}

describe('the timeline', () => {
  it('has words beside their bar', () => {
    const { bar, words } = draw({ barMs: 100, connectedMs: 1_000 })
    expect(words).toBeCloseTo(bar + 6)
  })

  it('has no words across the line of the connection', () => {
    const { bar, words, line } = draw({ barMs: 980, connectedMs: 1_000 })
    expect(line).toBeGreaterThan(bar)
    expect(words).toBeCloseTo(line + 6)
  })
})

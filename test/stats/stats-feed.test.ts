import { describe, expect, it } from 'vitest'
import { createStatsFeed, type StatsSample } from '../../src/stats/stats-feed.js'
import { summariseStats } from '../../src/stats/summary.js'
import { report } from './later-report.js'

const sample: StatsSample = {
  summary: summariseStats(report, null, { side: 'local', startedMs: 0 }),
  report,
  taken: 'baseline',
}

describe('the feed of samples', () => {
  it('gives every subscriber the same samples in order', () => {
    const feed = createStatsFeed()
    const seen: [string, StatsSample][] = []
    feed.subscribe((given) => seen.push(['first', given]))
    feed.subscribe((given) => seen.push(['second', given]))
    feed.publish(sample)
    expect(seen).toEqual([
      ['first', sample],
      ['second', sample],
    ])
    expect(seen[0]?.[1]).toBe(seen[1]?.[1])
  })

  it('is wanted as long as somebody subscribes', () => {
    const feed = createStatsFeed()
    expect(feed.isWanted).toBe(false)
    const ignore = () => undefined
    const first = feed.subscribe(ignore)
    const second = feed.subscribe(ignore)
    first[Symbol.dispose]()
    expect(feed.isWanted).toBe(true)
    second[Symbol.dispose]()
    expect(feed.isWanted).toBe(false)
  })

  it('lets what a subscriber throws end the sampling', () => {
    const feed = createStatsFeed()
    feed.subscribe(() => {
      throw new Error('disk full')
    })
    expect(() => feed.publish(sample)).toThrow('disk full')
  })
})

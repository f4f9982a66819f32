import { describe, expect, it } from 'vitest'
import { createBenchPlan, RELIABLE } from '../../src/bench/bench-plan.js'

const choice = {
  channel: RELIABLE,
  matrix: false,
  messageBytes: undefined,
  directions: undefined,
  durationMs: 1,
  lossTimeMs: 1,
}

describe('a plan', () => {
  it('measures one channel up and down unless told otherwise', () => {
    expect(createBenchPlan(choice).cases).toEqual([
      { channel: RELIABLE, messageBytes: 65_536, direction: 'up' },
      { channel: RELIABLE, messageBytes: 65_536, direction: 'down' },
    ])
  })

  it('has every channel, size and direction of a matrix once', () => {
    const { cases } = createBenchPlan({ ...choice, matrix: true, directions: ['both'] })
    expect(cases).toHaveLength(12)
    expect(new Set(cases.map((one) => JSON.stringify(one))).size).toBe(12)
    expect(new Set(cases.map(({ channel }) => channel.maxRetransmits))).toEqual(new Set([null, 0]))
  })

  it('takes the sizes it is given, in a matrix too', () => {
    const { cases } = createBenchPlan({ ...choice, matrix: true, messageBytes: [100], directions: ['up'] })
    expect(cases.map(({ messageBytes }) => messageBytes)).toEqual([100, 100, 100, 100])
  })
})

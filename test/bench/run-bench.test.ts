import { describe, it } from 'vitest'
import { AsyncQueue } from '../../src/async/async-queue.js'
import { readFrame } from '../../src/bench/bench-frame.js'
import { createBenchPlan, RELIABLE, type BenchChoice } from '../../src/bench/bench-plan.js'
import { runBench } from '../../src/bench/run-bench.js'
import type { BenchResult } from '../../src/events/bench.js'
import type { DataChannel, Message } from '../../src/session/ports.js'
import { createMemoryDataChannelPair } from '../support/memory-data-channel.js'

const CHOICE: BenchChoice = {
  channel: RELIABLE,
  matrix: false,
  messageBytes: [1_024],
  directions: undefined,
  durationMs: 200,
  lossTimeMs: 400,
}

interface BenchLink {
  alter?: (message: Message) => readonly Message[]
  /** Whose user chose what to measure. */
  chosen?: 'left' | 'right'
}

interface Outcome {
  left: BenchResult[]
  right: BenchResult[]
}

/** Two sides of a bench over channels in memory, of which `alter` makes a link of some quality. */
async function bench(
  choice: Partial<BenchChoice>,
  { alter = (message) => [message], chosen = 'left' }: BenchLink = {},
): Promise<Outcome> {
  const control = createMemoryDataChannelPair()
  const probes = createMemoryDataChannelPair({ alter })
  const incoming = { left: new AsyncQueue<DataChannel>(), right: new AsyncQueue<DataChannel>() }
  const results: Outcome = { left: [], right: [] }
  const run = (side: 'left' | 'right', other: 'left' | 'right') =>
    runBench(
      { control: control[side], probes: probes[side] },
      {
        createDataChannel(label, { ordered = true, maxRetransmits = null, maxPacketLifeTime = null } = {}) {
          const isReliable = maxRetransmits === null && maxPacketLifeTime === null
          const pair = createMemoryDataChannelPair({
            label,
            ordered,
            maxRetransmits,
            maxPacketLifeTime,
            ...(isReliable ? {} : { alter }),
          })
          incoming[other].push(pair.right)
          return pair.left
        },
        incomingDataChannels: (options) => incoming[side].read(options),
      },
      {
        plan: createBenchPlan({ ...CHOICE, ...choice }),
        chosen: side === chosen,
        initiator: side === 'right',
        onResult: (result) => results[side].push(result),
      },
    )
  await Promise.all([run('left', 'right'), run('right', 'left')])
  return results
}

const withoutDirection = (results: readonly BenchResult[]) =>
  results.map((result) => ({ ...result, direction: undefined }))

describe('a bench', () => {
  it.concurrent('measures round trips, loss each way and what a channel carries, and both sides know it', async ({
    expect,
  }) => {
    const { left, right } = await bench({ directions: ['up', 'down', 'both'] })
    expect(
      left.map(({ measure, ...rest }) => [measure, 'direction' in rest ? rest.direction : null]),
    ).toEqual([
      ['rtt', null],
      ['loss', 'up'],
      ['loss', 'down'],
      ['throughput', 'up'],
      ['throughput', 'down'],
      ['throughput', 'up'],
      ['throughput', 'down'],
    ])
    expect(withoutDirection(right)).toEqual(withoutDirection(left))
    const seen = right.map((result) => ('direction' in result ? result.direction : 'none'))
    expect(seen.join(' ')).toBe('none down up down up down up')
    for (const result of left) {
      if (result.measure !== 'throughput') continue
      expect(result).toMatchObject({ lossRatio: 0, reorderedRatio: 0, messageBytes: 1_024 })
      expect(result.bytes).toBe(result.received * 1_024)
      expect(result.bytesPerSecond.mean).toBeGreaterThan(0)
    }
  })

  it.concurrent('is led by the side whose user chose what to measure', async ({ expect }) => {
    const { left, right } = await bench({ directions: ['up'] }, { chosen: 'right' })
    expect(right.at(-1)).toMatchObject({ measure: 'throughput', direction: 'up' })
    expect(left.at(-1)).toMatchObject({ measure: 'throughput', direction: 'down' })
  })

  it.concurrent('finds the loss of single packets and of a channel that does not repeat', async ({
    expect,
  }) => {
    const everyTenth = (message: Message) =>
      readFrame(message)?.kind === 'data' && Number(readFrame(message)?.number) % 10 === 3 ? [] : [message]
    const { left } = await bench(
      { channel: { ...RELIABLE, maxRetransmits: 0 }, directions: ['up'] },
      { alter: everyTenth },
    )
    const losses = left.filter((result) => result.measure === 'loss')
    expect(losses).toHaveLength(2)
    for (const { lossRatio, messages, received } of losses) {
      expect(lossRatio).toBeCloseTo(0.1, 2)
      expect(received).toBeLessThan(messages)
    }
    const [carried] = left.filter((result) => result.measure === 'throughput')
    expect(carried?.lossRatio).toBeCloseTo(0.1, 2)
  })

  it.concurrent('is less sure of a loss that comes in bursts than of as much that comes one by one', async ({
    expect,
  }) => {
    const marginOf = async (isLost: (number: number) => boolean) => {
      const { left } = await bench(
        { directions: ['up'] },
        {
          alter: (message) => {
            const frame = readFrame(message)
            return frame?.kind === 'data' && isLost(frame.number) ? [] : [message]
          },
        },
      )
      const [up] = left.filter((result) => result.measure === 'loss')
      expect(up?.lossRatio).toBeCloseTo(0.1, 1)
      return up?.lossMargin ?? 0
    }
    const [burst, single] = await Promise.all([
      marginOf((number) => number % 100 >= 45 && number % 100 < 55),
      marginOf((number) => number % 10 === 3),
    ])
    // Ten at once say as much as one: the square root of ten.
    expect(burst / single).toBeGreaterThan(2)
  })
})

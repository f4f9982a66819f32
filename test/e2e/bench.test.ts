import { describe, expect, it } from 'vitest'
import { lossMargin } from '../../src/bench/loss-margin.js'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { runTogether, startCli } from '../support/cli.js'
import { openSignalingServer } from '../support/signaling-server.js'

const SHORT = ['--duration', '500ms', '--loss-time', '1s']

function resultsOf(events: readonly PeerEvent[]) {
  return events.flatMap((event) => (event.event === 'bench' ? [event.result] : []))
}

function measuresOf(events: readonly PeerEvent[]): string[] {
  return resultsOf(events).map((result) =>
    'direction' in result ? `${result.measure} ${result.direction}` : result.measure,
  )
}

describe('bench', () => {
  it.concurrent('measures two peers in its own process, and can be held to it', async () => {
    const how = ['--direction', 'up,both', '--message-size', '16KiB', '--unordered']
    const limits = ['throughput > 1kB/s', 'rtt.min < 1s', 'loss < 10%', 'throughput > 1GB/s']
    const expectations = limits.flatMap((limit) => ['--expect', `bench.${limit}`])
    await using cli = startCli(['bench', '--json', ...SHORT, ...how, ...expectations])
    const { code, events } = await cli.exit
    expect(code).toBe(1)
    const held = events.flatMap((event) => (event.event === 'expect' ? [event.ok] : []))
    expect(held).toEqual([true, true, true, false])
    expect(measuresOf(events).join(', ')).toBe(
      'rtt, loss up, loss down, throughput up, throughput up, throughput down',
    )
    const carried = resultsOf(events).filter((result) => result.measure === 'throughput')
    for (const { channel, messageBytes, messages, received, lossRatio, windows } of carried) {
      expect(channel).toEqual({ ordered: false, maxRetransmits: null, maxPacketLifeTime: null })
      expect([messageBytes, lossRatio, received]).toEqual([16_384, 0, messages])
      expect(windows.length).toBeGreaterThan(0)
    }
  })

  it.concurrent('measures with a peer in a room; both report, each from its side, the path with what it was given', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const how = ['--direction', 'up', '--message-size', '4KiB']
    const impair = ['--impair', 'delay=25ms,reorder=5%,loss=5%']
    await using leader = startCli(['bench', ...place, ...SHORT, ...how, ...impair])
    await using other = startCli(['bench', ...place, '--expect', 'bench.rtt.min > 48ms'])
    const [led, followed] = await Promise.all([leader.exit, other.exit])
    expect([led.code, followed.code]).toEqual([0, 0])
    expect(measuresOf(led.events)).toEqual(['rtt', 'loss up', 'loss down', 'throughput up'])
    expect(measuresOf(followed.events)).toEqual(['rtt', 'loss down', 'loss up', 'throughput down'])
    const roundTrips = resultsOf(led.events).find((result) => result.measure === 'rtt')
    expect(roundTrips?.roundTripTimeMs.min).toBeGreaterThan(48)
    const [up, down] = resultsOf(led.events).filter((result) => result.measure === 'loss')
    expect(up?.reorderedRatio).toBeGreaterThan(0)
    const impairment = led.events.find(
      (event): event is PeerEventOf<'impairment'> => event.event === 'impairment',
    )
    expect(impairment?.outgoing.reordered).toBeGreaterThan(0)
    // What was lost of the probes is what the link says it lost of all packets, within what is said of the figure.
    for (const [result, counts] of [
      [up, impairment?.outgoing],
      [down, impairment?.incoming],
    ] as const) {
      const { packets = 0, lost = 0 } = counts ?? {}
      const off = Math.abs((result?.lossRatio ?? 0) - lost / packets)
      // Two samples of one path: the packets it counted are a sample too.
      const margin = Math.hypot(
        result?.lossMargin ?? 0,
        lossMargin({ lost, messages: packets, lostRunSquares: lost }),
      )
      expect(off).toBeLessThan(margin)
      expect(margin).toBeLessThan(0.08)
    }
  })

  it('refuses what cannot be measured', async () => {
    const refused = [
      [['--message-size', '1MB'], '--message-size must be 8 to 262144 bytes, got "1MB".'],
      [['--duration', '1h'], '--duration must be at most 10m, got "1h".'],
      [['--direction', 'left'], '--direction must be up, down or both, got "left".'],
      [['--ordered', '--unordered'], '--ordered and --unordered exclude each other.'],
    ] as const
    const exits = await runTogether(refused.map(([options]) => ({ args: ['bench', '--json', ...options] })))
    expect(exits).toMatchObject(
      refused.map(([, message]) => ({ code: 64, events: [{ event: 'error', message }, { event: 'exit' }] })),
    )
  })
})

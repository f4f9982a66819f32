import { describe, expect, it, onTestFinished } from 'vitest'
import { openImpairedLink } from '../../src/adapters/udp/impaired-link.js'
import { createPeerConnection, openAudioOutput } from '../../src/adapters/wrtc/index.js'
import { delay } from '../../src/async/delay.js'
import { pace } from '../../src/async/pace.js'
import { parseImpairment } from '../../src/impair/impairment.js'
import type { Session } from '../../src/session/session.js'
import { summariseStats } from '../../src/stats/summary.js'
import { openSessionPair } from '../support/session-pair.js'
import { packetsDroppedBySockets } from '../support/socket-drops.js'

/** Sound is sent 50 times a second whatever is lost, and never again: so many tracks are nearly all of the packets. */
const TRACKS = 20
const PACKETS = 4_000
const BLOCK = { samples: new Int16Array(480), sampleRate: 48_000, channelCount: 1 }

describe('the loss that is derived from getStats()', () => {
  it("is within 0.3 points of the impairment's own counters, at 5 %", async () => {
    await using link = await openImpairedLink(parseImpairment('loss=5%'))
    const outputs = Array.from({ length: TRACKS }, () => openAudioOutput())
    await using pair = await openSessionPair({
      offerer: { createPeerConnection: link.impair(createPeerConnection) },
      setUp: (connection, side) => {
        if (side === 'answerer') for (const { track } of outputs) connection.addTrack(track)
      },
    })
    const ended = new AbortController()
    let isSilent = false
    const onTick = () => {
      if (!isSilent) for (const output of outputs) output.write(BLOCK)
    }
    const sounding = pace({ intervalMs: 10, onTick, signal: ended.signal })
    onTestFinished(async () => {
      ended.abort()
      await sounding
      await Promise.all(outputs.map((output) => output[Symbol.asyncDispose]()))
    })

    /** What both have counted in a silence, so that no packet is on its way from one to the other. */
    const countBoth = async () => {
      isSilent = true
      const counted = await inboundAtRest(pair.offerer)
      const both = { ...counted, link: link.counts.incoming, dropped: await packetsDroppedBySockets() }
      isSilent = false
      return both
    }

    // Every stream has begun: what is lost before a stream's first packet is nobody's loss.
    await inboundWhen(pair.offerer, (all) => all.length === TRACKS)
    let from = await countBoth()
    for (;;) {
      await inboundWhen(pair.offerer, (all) => sum(all, 'packets') > from.packets + PACKETS)
      const to = await countBoth()
      const lost = to.packetsLost - from.packetsLost
      const ours = lost / (to.packets - from.packets + lost)
      const theirs = (to.link.lost - from.link.lost) / (to.link.packets - from.link.packets)
      // What a full socket loses is lost too, and the link knows nothing of it: such a stretch is not compared.
      const isComparable = to.dropped === from.dropped
      from = to
      if (!isComparable) continue
      expect(Math.abs(ours - theirs), `${ours} and ${theirs}`).toBeLessThan(0.003)
      expect(ours).toBeGreaterThan(0.035)
      return
    }
  }, 40_000)
})

interface Counted {
  packets: number
  packetsLost: number
}

/** The sums over the streams that arrive, as soon as they are as wanted. */
async function inboundWhen(
  session: Pick<Session, 'getStats' | 'signal'>,
  isThere: (streams: readonly Streams[]) => boolean,
): Promise<Counted> {
  for (;;) {
    const { streams } = summariseStats(await session.getStats(), null, { side: 'local', startedMs: 0 })
    const inbound = streams.filter(({ direction }) => direction === 'inbound')
    if (isThere(inbound))
      return { packets: sum(inbound, 'packets'), packetsLost: sum(inbound, 'packetsLost') }
    await delay(100, { signal: session.signal })
  }
}

/** The same, as soon as no more of them arrive. */
async function inboundAtRest(session: Pick<Session, 'getStats' | 'signal'>): Promise<Counted> {
  let before: number | undefined
  return inboundWhen(session, (all) => {
    const packets = sum(all, 'packets')
    const isAtRest = packets === before
    before = packets
    return isAtRest
  })
}

type Streams = ReturnType<typeof summariseStats>['streams'][number]

function sum(streams: readonly Streams[], field: 'packets' | 'packetsLost'): number {
  return streams.reduce((total, stream) => total + (stream[field] ?? 0), 0)
}

import { describe, expect, it } from 'vitest'
import { openImpairedLink } from '../../../src/adapters/udp/impaired-link.js'
import { createPeerConnection } from '../../../src/adapters/wrtc/index.js'
import { parseImpairment } from '../../../src/impair/impairment.js'
import type { Session } from '../../../src/session/session.js'
import type { DataChannel, PeerConnection } from '../../../src/session/ports.js'
import { selectedCandidatePair } from '../../../src/stats/candidate-pair.js'
import { openSessionPair } from '../../support/session-pair.js'

/** A session of which only the offerer goes through the link, with an unreliable channel. */
async function openImpairedPair(impairment: string) {
  const link = await openImpairedLink(parseImpairment(impairment))
  const ends: Partial<Record<'offerer' | 'answerer', DataChannel>> = {}
  const pair = await openSessionPair({
    offerer: { createPeerConnection: link.impair(createPeerConnection) },
    setUp: (connection: PeerConnection, side) => {
      ends[side] = connection.createDataChannel('unreliable', {
        negotiated: true,
        id: 5,
        ordered: false,
        maxRetransmits: 0,
      })
    },
  })
  const { offerer: sender, answerer: receiver } = ends
  if (!sender || !receiver) throw new Error('The channels were not set up.')
  return {
    pair,
    link,
    sender,
    receiver,
    async [Symbol.asyncDispose]() {
      await pair[Symbol.asyncDispose]()
      await link[Symbol.asyncDispose]()
    },
  }
}

describe('an impaired link between two connections', () => {
  it('is the only path: host candidates, and a round trip of twice the delay', async () => {
    await using opened = await openImpairedPair('delay=50ms')
    const { pair, link } = opened
    expect(await roundTripMs(pair.offerer)).toBeGreaterThan(98)
    const types = [...pair.events.offerer, ...pair.events.answerer].flatMap((event) =>
      event.event === 'candidate' ? [event.type] : [],
    )
    expect(new Set(types)).toEqual(new Set(['host']))
    expect(selectedCandidatePair(await pair.offerer.getStats())).toMatchObject({
      relayed: false,
      local: { type: 'host', url: null },
    })
    expect(link.counts.outgoing.packets).toBeGreaterThan(10)
    expect(link.counts.incoming.packets).toBeGreaterThan(10)
  })

  it('carries a session of which both sides are behind one', async () => {
    await using left = await openImpairedLink(parseImpairment('delay=10ms'))
    await using right = await openImpairedLink(parseImpairment('delay=15ms'))
    await using pair = await openSessionPair({
      offerer: { createPeerConnection: left.impair(createPeerConnection) },
      answerer: { createPeerConnection: right.impair(createPeerConnection) },
    })
    expect(await roundTripMs(pair.answerer)).toBeGreaterThan(48)
  })

  it('loses messages of an unreliable channel, and counts what it lost', async () => {
    await using opened = await openImpairedPair('loss=5%')
    const { link, sender, receiver } = opened
    const sent = 300
    const before = link.counts.outgoing
    for (let index = 0; index < sent; index += 1) {
      const { packets } = link.counts.outgoing
      await sender.send(new Uint8Array(1_000))
      // One message on the way at a time: those that wait together are given up together.
      await expect.poll(() => link.counts.outgoing.packets, { interval: 1 }).toBeGreaterThan(packets)
    }
    await receiver[Symbol.asyncDispose]()
    const arrived: unknown[] = []
    for await (const message of receiver.messages()) arrived.push(message)
    expect(arrived.length).toBeGreaterThan(sent * 0.85)
    expect(arrived.length).toBeLessThan(sent * 0.99)
    expect(link.counts.outgoing.lost - before.lost).toBeGreaterThan(sent * 0.02)
  })
})

async function roundTripMs(session: Session): Promise<number> {
  return (selectedCandidatePair(await session.getStats())?.currentRoundTripTime ?? 0) * 1_000
}

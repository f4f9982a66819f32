import { describe, expect, it } from 'vitest'
import { createPeerConnection, openVideoOutput } from '../../src/adapters/wrtc/index.js'
import { openSessionPair } from '../support/session-pair.js'

describe('a session', () => {
  it('connects an offerer and an answerer and reports the pair', async () => {
    await using pair = await openSessionPair()
    const connected = pair.events.offerer.find(({ event }) => event === 'connected')
    expect(connected).toMatchObject({ candidatePair: { relayed: false, protocol: 'udp' } })
    expect(pair.answerer.peerHello).toMatchObject({ verb: 'test', features: ['chat'] })
  })

  it('connects when both sides offer at once', async () => {
    await using pair = await openSessionPair({ answerer: { role: 'offerer' } })
    expect(pair.offerer.peerHello.verb).toBe('test')
  })

  it('connects when both sides answer', async () => {
    await using pair = await openSessionPair({ offerer: { role: 'answerer' } })
    expect(pair.offerer.peerHello.verb).toBe('test')
  })

  it('connects with all candidates in the description instead of trickled ones', async () => {
    await using pair = await openSessionPair({ offerer: { trickle: false }, answerer: { trickle: false } })
    expect(pair.events.offerer.some((event) => event.event === 'candidate' && event.side === 'remote')).toBe(
      true,
    )
  })

  it("brings the answerer's track to the offerer through a second negotiation", async () => {
    await using output = openVideoOutput()
    await using pair = await openSessionPair({
      setUp: (connection, side) => {
        if (side === 'answerer') connection.addTrack(output.track)
      },
    })
    for await (const track of pair.offerer.tracks()) {
      expect(track.kind).toBe('video')
      break
    }
  })

  it('ends with the reason of the peer that leaves', async () => {
    await using pair = await openSessionPair()
    await pair.offerer.leave('done here')
    expect(await pair.answerer.ended).toEqual({ how: 'bye', reason: 'done here' })
  })

  it('ends as lost when the connection closes without a bye', async () => {
    const connections: AsyncDisposable[] = []
    await using pair = await openSessionPair({
      offerer: {
        createPeerConnection: (configuration, onEvent) => {
          const connection = createPeerConnection(configuration, onEvent)
          connections.push(connection)
          return connection
        },
      },
    })
    await connections[0]?.[Symbol.asyncDispose]()
    expect(await pair.answerer.ended).toMatchObject({ how: 'lost', error: { code: 'PEER_LOST' } })
  })

  it('keeps the connection through an ICE restart', async () => {
    await using pair = await openSessionPair()
    pair.offerer.restartIce()
    const channel = pair.offerer.createDataChannel('after')
    await channel.send('still here')
    for await (const incoming of pair.answerer.incomingDataChannels()) {
      for await (const message of incoming.messages()) {
        expect(message).toBe('still here')
        break
      }
      break
    }
  })
})

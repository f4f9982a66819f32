import { describe, expect, it } from 'vitest'
import { createLocalRoom } from '../../src/signaling/local-room.js'
import type { Room, RoomEvent } from '../../src/signaling/room.js'

async function eventsOf(room: Room): Promise<RoomEvent[]> {
  const events: RoomEvent[] = []
  for await (const event of room.events()) events.push(event)
  return events
}

describe('createLocalRoom', () => {
  it('has both in it from the start, as an offerer and an answerer', async () => {
    const [first, second] = createLocalRoom('demo')
    expect(first).toMatchObject({ name: 'demo', iceServers: [] })
    expect(first.peers).toEqual([{ peerId: second.peerId, role: 'answerer', name: null }])
    expect(second.peers).toEqual([{ peerId: first.peerId, role: 'offerer', name: null }])
    await first[Symbol.asyncDispose]()
    expect(await eventsOf(first)).toEqual([{ type: 'joined', peerId: first.peerId, peers: first.peers }])
  })

  it('brings what one sends to the other, in order and before the first read', async () => {
    const [first, second] = createLocalRoom('demo')
    await first.send(second.peerId, { type: 'offer', sdp: 'v=0' })
    await first.send(second.peerId, { type: 'end-of-candidates' })
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
    const from = first.peerId
    expect(await eventsOf(second)).toEqual([
      { type: 'joined', peerId: second.peerId, peers: second.peers },
      { type: 'message', from, message: { type: 'offer', sdp: 'v=0' } },
      { type: 'message', from, message: { type: 'end-of-candidates' } },
      { type: 'peer-left', peerId: from, reason: 'left' },
    ])
  })

  it('knows nobody else', async () => {
    const [first] = createLocalRoom('demo')
    await expect(first.send('somebody', { type: 'end-of-candidates' })).rejects.toThrow('no peer "somebody"')
    await expect(first.send(first.peerId, { type: 'end-of-candidates' })).rejects.toThrow('no peer')
  })

  it('stops reading with the reason of the signal', async () => {
    const [first] = createLocalRoom('demo')
    const controller = new AbortController()
    const events = first.events({ signal: controller.signal })[Symbol.asyncIterator]()
    await events.next()
    const next = events.next()
    const reason = new Error('changed my mind')
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
  })
})

import { AsyncQueue } from '../async/async-queue.js'
import { PeerError } from '../errors.js'
import type { RoomPeer } from './message.js'
import type { Room, RoomEvent } from './room.js'

/** Two places in one room inside this process, joined without a server: what one sends, the other gets. */
export function createLocalRoom(name: string): [Room, Room] {
  const offerer: RoomPeer = { peerId: `${name}-a`, role: 'offerer', name: null }
  const answerer: RoomPeer = { peerId: `${name}-b`, role: 'answerer', name: null }
  const toOfferer = new AsyncQueue<RoomEvent>()
  const toAnswerer = new AsyncQueue<RoomEvent>()
  return [
    createPlace(name, offerer, answerer, toOfferer, toAnswerer),
    createPlace(name, answerer, offerer, toAnswerer, toOfferer),
  ]
}

function createPlace(
  name: string,
  self: RoomPeer,
  other: RoomPeer,
  inbox: AsyncQueue<RoomEvent>,
  outbox: AsyncQueue<RoomEvent>,
): Room {
  inbox.push({ type: 'joined', peerId: self.peerId, peers: [other] })
  return {
    name,
    peerId: self.peerId,
    iceServers: [],
    peers: [other],
    send: async (to, message) => {
      if (to !== other.peerId) throw new PeerError('INTERNAL', `There is no peer "${to}" in room "${name}".`)
      outbox.push({ type: 'message', from: self.peerId, message })
    },
    events: (options) => inbox.read(options),
    [Symbol.asyncDispose]: async () => {
      outbox.push({ type: 'peer-left', peerId: self.peerId, reason: 'left' })
      inbox.end()
    },
  }
}

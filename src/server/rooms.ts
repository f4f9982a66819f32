import type { RoomPeer, ServerMessage } from '../signaling/message.js'

/** A peer in a room, and how to reach it. */
export interface Member {
  peer: RoomPeer
  send(message: ServerMessage): void
}

export type Entry =
  | { entered: true; others: Member[] }
  | { entered: false; code: 'room-full' | 'server-full' }

export interface Rooms {
  /** Enters the room, making it where it does not exist. */
  enter(room: string, member: Member): Entry
  /** Takes the member out and returns those who stay; an empty room is forgotten. */
  leave(room: string, peerId: string): Member[]
  find(room: string, peerId: string): Member | undefined
  counters(): { rooms: number; peers: number }
}

export interface RoomLimits {
  maxPeersPerRoom: number
  maxRooms: number
}

/** Who is in which room. A room exists exactly as long as somebody is in it. */
export function createRooms({ maxPeersPerRoom, maxRooms }: RoomLimits): Rooms {
  const rooms = new Map<string, Map<string, Member>>()
  let peers = 0

  return {
    enter(room, member) {
      const members = rooms.get(room)
      if (!members && rooms.size >= maxRooms) return { entered: false, code: 'server-full' }
      if (members && members.size >= maxPeersPerRoom) return { entered: false, code: 'room-full' }
      const others = [...(members?.values() ?? [])]
      rooms.set(room, (members ?? new Map<string, Member>()).set(member.peer.peerId, member))
      peers += 1
      return { entered: true, others }
    },
    leave(room, peerId) {
      const members = rooms.get(room)
      if (!members?.delete(peerId)) return []
      peers -= 1
      if (members.size === 0) rooms.delete(room)
      return [...members.values()]
    },
    find: (room, peerId) => rooms.get(room)?.get(peerId),
    counters: () => ({ rooms: rooms.size, peers }),
  }
}

import type { PeerError } from '../errors.js'
import type { LeaveReason, PeerMessage, Role, RoomPeer } from '../signaling/message.js'
import type { Room, RoomEvent } from '../signaling/room.js'

/** What a room has to say about the peer of a session. */
export type PeerInRoomEvent =
  /** Somebody is there: for the first time, or again after one of both came back through a new connection. */
  | { type: 'present'; peer: RoomPeer }
  | { type: 'left'; peer: RoomPeer; reason: LeaveReason }
  | { type: 'message'; message: PeerMessage }
  /** The server is gone. */
  | { type: 'lost'; error: PeerError }
  /** Nothing listens at the server's address any more. */
  | { type: 'closed' }

/** The one peer of a session among those that a room knows, and the way to it through the room. */
export class PeerInRoom {
  readonly #room: Room
  readonly #role: Role
  readonly #onEvent: (event: PeerInRoomEvent) => void
  #peer: RoomPeer | undefined

  constructor(room: Room, role: Role, onEvent: (event: PeerInRoomEvent) => void) {
    this.#room = room
    this.#role = role
    this.#onEvent = onEvent
  }

  /** Nobody has an empty id. */
  get peer(): RoomPeer {
    return this.#peer ?? { peerId: '', role: 'answerer', name: null }
  }

  /** Takes this one for the peer: from now on what it says and does counts, and nobody else's. */
  adopt(peer: RoomPeer): { polite: boolean; initiates: boolean } {
    this.#peer = peer
    const sameRole = peer.role === this.#role
    // Both sides compute the same answer: with equal roles the smaller id wins.
    const impolite = sameRole ? this.#room.peerId < peer.peerId : this.#role === 'offerer'
    return { polite: !impolite, initiates: this.#role === 'offerer' || (sameRole && impolite) }
  }

  /** Listens until the signal aborts; rejects with why the room cannot be followed. */
  async follow(signal: AbortSignal): Promise<void> {
    this.#onPresent(this.#room.peers)
    for await (const event of this.#room.events({ signal })) this.#onRoomEvent(event)
  }

  /** Through the server; SIGNALING_LOST while that is gone. Nothing before there is a peer. */
  async send(message: PeerMessage): Promise<void> {
    if (this.#peer) await this.#room.send(this.#peer.peerId, message)
  }

  #onRoomEvent(event: RoomEvent): void {
    switch (event.type) {
      case 'joined':
        return this.#onPresent(event.peers)
      case 'peer-joined':
        return this.#onPresent([event.peer])
      case 'peer-left':
        if (event.peerId !== this.#peer?.peerId) return undefined
        return this.#onEvent({ type: 'left', peer: this.#peer, reason: event.reason })
      case 'message':
        if (event.from !== this.#peer?.peerId) return undefined
        return this.#onEvent({ type: 'message', message: event.message })
      case 'lost':
        return this.#onEvent({ type: 'lost', error: event.error })
      case 'unreachable':
        return event.refused ? this.#onEvent({ type: 'closed' }) : undefined
      default:
        return event satisfies never
    }
  }

  #onPresent([peer]: readonly RoomPeer[]): void {
    if (peer) this.#onEvent({ type: 'present', peer })
  }
}

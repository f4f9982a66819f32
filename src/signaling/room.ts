import type { AbortOptions } from '../async/abortable.js'
import type { PeerError } from '../errors.js'
import type { LeaveReason, PeerMessage, RoomPeer } from './message.js'

/** What happens in a room, in order. */
export type RoomEvent =
  /** First, and again after each reconnect (then with a new peerId). */
  | { type: 'joined'; peerId: string; peers: RoomPeer[] }
  | { type: 'peer-joined'; peer: RoomPeer }
  | { type: 'peer-left'; peerId: string; reason: LeaveReason }
  | { type: 'message'; from: string; message: PeerMessage }
  /** The server is gone; reconnecting goes on in the background until the room is disposed. */
  | { type: 'lost'; error: PeerError }
  /** One failed reconnect attempt; `refused` when nothing listens at the server's address any more. */
  | { type: 'unreachable'; error: PeerError; refused: boolean }

/** A place in a room on a signaling server. Disposing leaves it, ends `events` and closes the connection. */
export interface Room extends AsyncDisposable {
  readonly name: string
  /** As of the last join: a reconnect brings a new one. */
  readonly peerId: string
  readonly iceServers: RTCIceServer[]
  /** The others, as of the last word from the server. */
  readonly peers: readonly RoomPeer[]
  /** Hands the message to the server; rejects with SIGNALING_LOST while the server is gone. */
  send(to: string, message: PeerMessage, options?: AbortOptions): Promise<void>
  /** Everything since the join, none lost before the first read; ends when the room is disposed. One reader. */
  events(options?: AbortOptions): AsyncIterable<RoomEvent>
}

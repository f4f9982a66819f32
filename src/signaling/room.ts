import type { AbortOptions } from '../async/abortable.js'
import { PeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import type { OpenSignalingChannel } from './channel.js'
import type { PeerMessage, Role, RoomPeer } from './message.js'

/** What happens in a room, in order. */
export type RoomEvent =
  /** First, and again after each reconnect (then with a new peerId). */
  | { type: 'joined'; peerId: string; peers: RoomPeer[] }
  | { type: 'peer-joined'; peer: RoomPeer }
  | { type: 'peer-left'; peerId: string; reason: 'left' | 'disconnected' }
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

export interface JoinRoomRequest {
  room: string
  role: Role
  name: string | null
}

export interface JoinRoomOptions {
  /** Ends the joining only; a joined room lives until it is disposed. */
  signal?: AbortSignal
  onEvent?: ReportEvent
}

/** Enters a room, waiting up to 2 s for a server that is still starting; rejects with ROOM_FULL when it is full. */
export function joinRoom(
  open: OpenSignalingChannel,
  request: JoinRoomRequest,
  { signal }: JoinRoomOptions = {},
): Promise<Room> {
  void open
  signal?.throwIfAborted()
  return Promise.reject(new PeerError('INTERNAL', `Joining room "${request.room}" is not built yet.`))
}

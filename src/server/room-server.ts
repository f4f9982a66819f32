import { randomUUID } from 'node:crypto'
import type { ReportEvent } from '../events.js'
import { MAX_MESSAGE_BYTES, PROTOCOL_VERSION, serialiseMessage } from '../signaling/message.js'
import type { ServerMessage } from '../signaling/message.js'
import type { SignalingServer, SignalingSocket } from '../signaling/socket.js'
import { acceptClient, type ClientContext } from './accept-client.js'
import { createRooms } from './rooms.js'

export interface RoomServerOptions {
  /** Of webrtc-cli; said in `hello` and by /healthz. */
  version?: string
  maxPeersPerRoom?: number
  maxRooms?: number
  /** How long a socket may stay outside any room. */
  joinTimeoutMs?: number
  /** In the long run; `messageBurst` may come at once. */
  messagesPerSecond?: number
  messageBurst?: number
  /** What each peer is told to use for STUN and TURN; called at each join, so that credentials can be its own. */
  iceServers?: (peer: { room: string; peerId: string }) => RTCIceServer[]
  /** Gets one `warning` for each socket that is closed for what it did. */
  onEvent?: ReportEvent
}

/** The signaling server's logic, without a network: rooms, joining, relaying, limits. */
export function createRoomServer(options: RoomServerOptions = {}): SignalingServer {
  const { version = '0.0.0', maxPeersPerRoom = 2, maxRooms = 50_000 } = options
  const rooms = createRooms({ maxPeersPerRoom, maxRooms })
  let sockets = 0

  const context: ClientContext = {
    rooms,
    createPeerId: randomUUID,
    iceServers: options.iceServers ?? (() => []),
    joinTimeoutMs: options.joinTimeoutMs ?? 10_000,
    messagesPerSecond: options.messagesPerSecond ?? 50,
    messageBurst: options.messageBurst ?? 200,
    onEvent: options.onEvent ?? (() => undefined),
  }
  const hello: ServerMessage = {
    type: 'hello',
    version: PROTOCOL_VERSION,
    server: `webrtc-cli/${version}`,
    maxMessageBytes: MAX_MESSAGE_BYTES,
  }

  return {
    version,
    accept(socket: SignalingSocket) {
      sockets += 1
      socket.send(serialiseMessage(hello))
      return acceptClient(socket, context, () => {
        sockets -= 1
      })
    },
    counters: () => ({ ...rooms.counters(), sockets }),
  }
}

import { listenSignaling, type SignalingListener } from '../../src/adapters/websocket/listen.js'
import { createRoomServer } from '../../src/server/room-server.js'

/** The real signaling server on a free port, in this process: a test that is not about `serve` needs none for it. */
export function openSignalingServer(): Promise<SignalingListener> {
  return listenSignaling({ host: '127.0.0.1', port: 0, server: createRoomServer() })
}

import { listenSignaling } from '../../../src/adapters/websocket/listen.js'
import { openSignaling } from '../../../src/adapters/websocket/open-signaling.js'
import { createRoomServer } from '../../../src/server/room-server.js'
import { describeSignalingChannel } from '../../contract/signaling-channel.js'

describeSignalingChannel('WebSocketChannel', async () => {
  const listener = await listenSignaling({ host: '127.0.0.1', port: 0, server: createRoomServer() })
  return {
    url: listener.url,
    open: (options) => openSignaling(listener.url, options),
    stop: async () => listener[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: async () => listener[Symbol.asyncDispose](),
  }
})

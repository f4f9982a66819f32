import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import { SUBPROTOCOL } from '../../../src/signaling/message.js'

/** A WebSocket without any of our client's manners, for what it does to the server. */
export interface RawClient extends AsyncDisposable {
  socket: WebSocket
  /** Text of every message so far. */
  received: string[]
  /** Resolves with the close code, however the connection ended. */
  closed: Promise<number>
  /** Resolves with the next message that contains `words`. */
  until(words: string): Promise<string>
}

/** Connects and waits for the hello. */
export async function connectRaw(url: string, options: ClientOptions = {}): Promise<RawClient> {
  const socket = new WebSocket(url, SUBPROTOCOL, options)
  const received: string[] = []
  const closed = new Promise<number>((resolve) => {
    socket.on('close', resolve)
  })
  // 'close' follows with the code that is asserted.
  socket.on('error', () => undefined)
  socket.on('message', (data) => received.push(Buffer.isBuffer(data) ? data.toString('utf8') : ''))
  const until = async (words: string) => {
    for (;;) {
      const found = received.find((text) => text.includes(words))
      if (found !== undefined) return found
      await Promise.race([once(socket, 'message'), closed.then(() => Promise.reject(new Error('closed')))])
    }
  }
  await until('"hello"')
  return {
    socket,
    received,
    closed,
    until,
    async [Symbol.asyncDispose]() {
      socket.terminate()
      await closed
    },
  }
}

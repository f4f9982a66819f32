import { parseServerMessage, serialiseMessage } from '../../src/signaling/message.js'
import type { ClientMessage, ServerMessage } from '../../src/signaling/message.js'
import type { SignalingServer, SignalingSocket, SocketEvents } from '../../src/signaling/socket.js'

/** A client of the server's logic that remembers what it was sent and how it was closed. */
export interface MemoryClient extends SocketEvents {
  sent: ServerMessage[]
  closedWith: { code: number; reason: string } | undefined
  /** What the server sees as its queue to this client. */
  bufferedAmount: number
  say(message: ClientMessage): void
  /** Joins and returns the server's answer. */
  join(room: string, name?: string): ServerMessage | undefined
  last(): ServerMessage | undefined
}

/** Connects a client to the server's logic, without a socket. */
export function connectMemoryClient(server: SignalingServer): MemoryClient {
  const sent: ServerMessage[] = []
  const socket: SignalingSocket = {
    get bufferedAmount() {
      return client.bufferedAmount
    },
    send(text) {
      const message = parseServerMessage(text)
      if (message) sent.push(message)
    },
    close(code, reason) {
      client.closedWith ??= { code, reason }
    },
  }
  const client: MemoryClient = {
    sent,
    closedWith: undefined,
    bufferedAmount: 0,
    onMessage: (text) => events.onMessage(text),
    onBinary: () => events.onBinary(),
    onClosed: () => events.onClosed(),
    onTimedOut: () => events.onTimedOut(),
    onShutdown: () => events.onShutdown(),
    say: (message) => events.onMessage(serialiseMessage(message)),
    join(room, name) {
      client.say({ type: 'join', room, role: 'offerer', name: name ?? null })
      return sent.at(-1)
    },
    last: () => sent.at(-1),
  }
  const events = server.accept(socket)
  return client
}

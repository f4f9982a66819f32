import { AsyncQueue } from '../../src/async/async-queue.js'
import { deferred } from '../../src/async/deferred.js'
import { PeerError } from '../../src/errors.js'
import { createRoomServer, type RoomServerOptions } from '../../src/server/room-server.js'
import type { OpenSignalingChannel, SignalingChannel } from '../../src/signaling/channel.js'
import { MAX_MESSAGE_BYTES, parseServerMessage, serialiseMessage } from '../../src/signaling/message.js'
import type { ServerMessage } from '../../src/signaling/message.js'
import type { SignalingCounters, SignalingServer } from '../../src/signaling/socket.js'

/** A signaling server inside the test: the real logic of src/server, and channels without a network. */
export interface MemorySignaling {
  readonly url: string
  /** Any number of clients; give it to `joinRoom`. */
  readonly open: OpenSignalingChannel
  readonly counters: () => SignalingCounters
  /** Breaks all connections, as a network does that fails and comes back. */
  readonly cut: () => void
  /** As `cut`, and refuses new connections until `start`. */
  readonly stop: () => void
  /** A new server with empty rooms. */
  readonly start: () => void
}

interface Connection {
  channel: SignalingChannel
  breakOff(): void
}

/** Starts a signaling server in memory; the options are those of the real one. */
export function createMemorySignaling(options: RoomServerOptions = {}): MemorySignaling {
  const url = 'memory://signaling'
  const connections = new Set<Connection>()
  let running = createRoomServer(options)
  let state: 'listening' | 'stopped' = 'listening'

  const cut = () => {
    for (const connection of connections) connection.breakOff()
  }

  return {
    url,
    async open({ signal } = {}) {
      signal?.throwIfAborted()
      if (state === 'stopped') throw refused(url)
      const connection = connect(running, url, () => connections.delete(connection))
      connections.add(connection)
      return connection.channel
    },
    counters: () => running.counters(),
    cut,
    stop() {
      state = 'stopped'
      cut()
    },
    start() {
      state = 'listening'
      running = createRoomServer(options)
    },
  }
}

function refused(url: string): PeerError {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  return new PeerError('SIGNALING_UNREACHABLE', `Cannot reach the signaling server at ${url}.`, { cause })
}

function connect(server: SignalingServer, url: string, onEnd: () => void): Connection {
  const messages = new AsyncQueue<ServerMessage>()
  const closed = deferred<PeerError>()
  let lost: PeerError | undefined

  const end = (why: string) => {
    if (lost) return
    lost = new PeerError(
      'SIGNALING_LOST',
      `The connection to the signaling server at ${url} is lost: ${why}.`,
    )
    messages.end()
    closed.resolve(lost)
    onEnd()
    // Later, as over a network: the server hears of it after what it is doing now.
    queueMicrotask(() => events.onClosed())
  }

  const events = server.accept({
    bufferedAmount: 0,
    send(text) {
      const message = parseServerMessage(text)
      if (message && message.type !== 'hello') messages.push(message)
    },
    close: (code, reason) => end(`the server closed it with code ${code} (${reason})`),
  })

  const channel: SignalingChannel = {
    url,
    closed: closed.promise,
    async send(message, { signal } = {}) {
      signal?.throwIfAborted()
      if (lost) throw lost
      const text = serialiseMessage(message)
      if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
        throw new PeerError('MESSAGE_TOO_LARGE', `The message "${message.type}" is too large for ${url}.`)
      }
      queueMicrotask(() => events.onMessage(text))
    },
    messages: (options) => messages.read(options),
    async [Symbol.asyncDispose]() {
      end('it was closed by this side')
    },
  }
  return { channel, breakOff: () => end('it broke off') }
}

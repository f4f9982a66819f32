/**
 * The two sides of a signaling server's socket: what its logic (`server/`) needs from a transport, and what the
 * transport (`adapters/websocket/listen.ts`, or a double in tests) tells the logic.
 */
export interface SignalingSocket {
  /** Bytes handed to `send` that the network has not taken yet. */
  readonly bufferedAmount: number
  /** Queues a text frame; does nothing on a closed socket and never throws. */
  send(text: string): void
  /** Starts the closing handshake with a code of RFC 6455 §7.4; does nothing on a closed socket. */
  close(code: number, reason: string): void
}

/** How the transport tells the logic what happens on one socket. None of these throws. */
export interface SocketEvents {
  onMessage(text: string): void
  onBinary(): void
  /** The connection is over, however it ended. */
  onClosed(): void
  /** Nothing has come for too long; the socket is about to be dropped. */
  onTimedOut(): void
  /** The listener is closing: the client is told, and its socket closed with 1001. */
  onShutdown(): void
}

export interface SignalingCounters {
  rooms: number
  /** Sockets that have joined a room. */
  peers: number
  /** All sockets, joined or not. */
  sockets: number
}

/** A signaling server without its network. Made by `server/room-server.ts`. */
export interface SignalingServer {
  readonly version: string
  /** Greets the socket; call the returned functions for everything that happens on it. */
  accept(socket: SignalingSocket): SocketEvents
  counters(): SignalingCounters
}

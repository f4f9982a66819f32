import type { AbortOptions } from '../async/abortable.js'
import type { PeerError } from '../errors.js'
import type { ClientMessage, ServerMessage } from './message.js'

/** One open connection to a signaling server. Opened by `adapters/websocket`; what arrives is parsed already. */
export interface SignalingChannel extends AsyncDisposable {
  readonly url: string
  /** Resolves, never rejects, when the connection is over: SIGNALING_LOST, saying how it ended. */
  readonly closed: Promise<PeerError>
  /** Rejects with SIGNALING_LOST once the connection is gone, with MESSAGE_TOO_LARGE above the server's limit. */
  send(message: ClientMessage, options?: AbortOptions): Promise<void>
  /** Ends when the connection is closed by either side; throws PROTOCOL_VIOLATION on a message that does not parse. */
  messages(options?: AbortOptions): AsyncIterable<ServerMessage>
}

/** Opens a connection and resolves once the server has said hello; see `adapters/websocket/open-signaling.ts`. */
export type OpenSignalingChannel = (options?: AbortOptions) => Promise<SignalingChannel>

import { abortable } from '../async/abortable.js'
import { withTimeout } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { OpenSignalingChannel, SignalingChannel } from './channel.js'
import type { Role, ServerMessage } from './message.js'
import { fromServerError } from './server-error.js'

/** A server that said hello and then does not answer `join` is stuck. */
const JOIN_TIMEOUT_MS = 10_000

export interface JoinRoomRequest {
  room: string
  role: Role
  /** Shown to the other peer; null stays unnamed. */
  name: string | null
}

/** A connection that has joined: what the server said, and everything it says from now on. */
export interface EnteredRoom {
  channel: SignalingChannel
  joined: Extract<ServerMessage, { type: 'joined' }>
  messages: AsyncIterator<ServerMessage>
}

export interface EnterRoomOptions {
  /** Ends the attempt. */
  signal: AbortSignal
  /** Ends the reading of `messages`. */
  lifetime: AbortSignal
}

/** Opens one connection and joins the room on it. Nothing stays open when it rejects. */
export async function enterRoom(
  open: OpenSignalingChannel,
  request: JoinRoomRequest,
  { signal, lifetime }: EnterRoomOptions,
): Promise<EnteredRoom> {
  const channel = await open({ signal })
  try {
    await channel.send({ type: 'join', ...request }, { signal })
    const messages = channel.messages({ signal: lifetime })[Symbol.asyncIterator]()
    const answer = withTimeout(untilJoined(messages, channel, request.room), JOIN_TIMEOUT_MS, () => {
      const what = `The signaling server at ${channel.url} did not answer the join of room "${request.room}"`
      return new PeerError('TIMED_OUT', `${what} within ${JOIN_TIMEOUT_MS / 1000} s.`)
    })
    return { channel, joined: await abortable(answer, signal), messages }
  } catch (error) {
    await channel[Symbol.asyncDispose]()
    throw error
  }
}

/** Whether entering failed because the host answered that nothing listens there; a browser does not tell. */
export function wasRefused(error: unknown): boolean {
  if (!(error instanceof PeerError)) return false
  const { cause } = error
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}

async function untilJoined(
  messages: AsyncIterator<ServerMessage>,
  channel: SignalingChannel,
  room: string,
): Promise<EnteredRoom['joined']> {
  for (;;) {
    const next = await messages.next()
    if (next.done) throw await channel.closed
    const message = next.value
    if (message.type === 'joined') return message
    if (message.type === 'error') throw fromServerError(message, channel.url, room)
  }
}

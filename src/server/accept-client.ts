import { PeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import { MAX_MESSAGE_BYTES, parseClientMessage, serialiseMessage } from '../signaling/message.js'
import type {
  ClientMessage,
  LeaveReason,
  PeerMessage,
  ServerErrorCode,
  ServerMessage,
} from '../signaling/message.js'
import type { SignalingSocket, SocketEvents } from '../signaling/socket.js'
import type { Rooms } from './rooms.js'
import { createTokenBucket } from './token-bucket.js'

/** Bytes waiting for one socket. A client that is this far behind has stopped reading. */
const MAX_QUEUED_BYTES = 1024 * 1024

/** Close codes of RFC 6455 §7.4.1 and the IANA registry. */
const CLOSE_GOING_AWAY = 1001
const CLOSE_PROTOCOL_ERROR = 1002
const CLOSE_UNSUPPORTED_DATA = 1003
const CLOSE_POLICY_VIOLATION = 1008
const CLOSE_TOO_LARGE = 1009
const CLOSE_INTERNAL_ERROR = 1011
const CLOSE_TRY_AGAIN_LATER = 1013

export interface ClientContext {
  rooms: Rooms
  createPeerId: () => string
  iceServers: (peer: { room: string; peerId: string }) => RTCIceServer[]
  joinTimeoutMs: number
  messagesPerSecond: number
  messageBurst: number
  onEvent: ReportEvent
}

type ClientState =
  | { state: 'outside'; deadline: ReturnType<typeof setTimeout> }
  | { state: 'joined'; room: string; peerId: string }
  | { state: 'closed' }

type JoinMessage = Extract<ClientMessage, { type: 'join' }>
type RelayMessage = PeerMessage & { to: string }

/**
 * Serves one client from its first message to its end. Whatever it sends, the worst that happens is that its own
 * socket is closed. `onEnd` is called once.
 */
export function acceptClient(
  socket: SignalingSocket,
  context: ClientContext,
  onEnd: () => void,
): SocketEvents {
  const { rooms } = context
  const bucket = createTokenBucket(context.messagesPerSecond, context.messageBurst)
  let client: ClientState = { state: 'outside', deadline: startDeadline() }

  function startDeadline(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      reject('join-timeout', CLOSE_POLICY_VIOLATION, `No room was joined within ${context.joinTimeoutMs} ms.`)
    }, context.joinTimeoutMs)
  }

  function send(message: ServerMessage): void {
    if (client.state === 'closed') return
    socket.send(serialiseMessage(message))
    if (socket.bufferedAmount <= MAX_QUEUED_BYTES) return
    // No error message first: it would only wait behind the queue that is the problem.
    const reason = 'The client does not read what it is sent.'
    warn('too-slow', reason)
    socket.close(CLOSE_TRY_AGAIN_LATER, reason)
    end()
  }

  /** The client may go on after this. */
  function refuse(code: ServerErrorCode, message: string): void {
    send({ type: 'error', code, message })
  }

  /** Says why, closes this socket and tells the room. */
  function reject(code: ServerErrorCode, closeCode: number, message: string, retryAfterMs?: number): void {
    if (client.state === 'closed') return
    warn(code, message)
    send({ type: 'error', code, message, retryAfterMs })
    socket.close(closeCode, code)
    end()
  }

  function warn(code: string, message: string): void {
    context.onEvent({ event: 'warning', code, message: `Closed a client's socket: ${message}`, hint: null })
  }

  function leaveRoom(reason: LeaveReason): void {
    if (client.state !== 'joined') return
    const { room, peerId } = client
    client = { state: 'outside', deadline: startDeadline() }
    for (const other of rooms.leave(room, peerId)) other.send({ type: 'peer-left', peerId, reason })
  }

  function end(reason: LeaveReason = 'disconnected'): void {
    if (client.state === 'closed') return
    leaveRoom(reason)
    if (client.state === 'outside') clearTimeout(client.deadline)
    client = { state: 'closed' }
    onEnd()
  }

  function join({ room, role, name }: JoinMessage): void {
    if (client.state !== 'outside') return refuse('already-joined', 'This socket is in a room already.')
    const peer = { peerId: context.createPeerId(), role, name }
    const { peerId } = peer
    const entry = rooms.enter(room, { peer, send })
    if (!entry.entered && entry.code === 'room-full') return refuse('room-full', 'The room is full.')
    if (!entry.entered) return reject('server-full', CLOSE_TRY_AGAIN_LATER, 'The server has no room left.')

    clearTimeout(client.deadline)
    client = { state: 'joined', room, peerId }
    const peers = entry.others.map((other) => other.peer)
    send({ type: 'joined', room, peerId, peers, iceServers: context.iceServers({ room, peerId }) })
    // A client that does not read is gone by now; nobody need hear of it.
    if (!rooms.find(room, peerId)) return
    for (const other of entry.others) other.send({ type: 'peer-joined', peer })
  }

  function relay({ to, ...message }: RelayMessage): void {
    if (client.state !== 'joined') return refuse('not-joined', 'Join a room before talking to its peers.')
    const other = to === client.peerId ? undefined : rooms.find(client.room, to)
    if (!other) return refuse('no-such-peer', 'No other peer with that id is in this room.')
    other.send({ ...message, from: client.peerId })
  }

  function handle(message: ClientMessage): void {
    switch (message.type) {
      case 'join':
        return join(message)
      case 'leave':
        return leaveRoom('left')
      case 'ping':
        return send({ type: 'pong', id: message.id })
      case 'offer':
      case 'answer':
      case 'candidate':
      case 'end-of-candidates':
      case 'bye':
        return relay(message)
      default:
        return message satisfies never
    }
  }

  function receive(text: string): void {
    if (client.state === 'closed') return
    if (!bucket.take()) {
      const message = `More than ${context.messagesPerSecond} messages a second.`
      return reject('rate-limited', CLOSE_POLICY_VIOLATION, message, bucket.retryAfterMs())
    }
    if (text.length > MAX_MESSAGE_BYTES) {
      return reject('too-large', CLOSE_TOO_LARGE, `A message is longer than ${MAX_MESSAGE_BYTES} bytes.`)
    }
    try {
      handle(parseClientMessage(text))
    } catch (error) {
      if (!(error instanceof PeerError)) {
        return reject('internal', CLOSE_INTERNAL_ERROR, 'The server could not handle a message.')
      }
      reject('bad-message', CLOSE_PROTOCOL_ERROR, error.message)
    }
  }

  return {
    onMessage: receive,
    onBinary: () =>
      reject('bad-message', CLOSE_UNSUPPORTED_DATA, 'A message is binary; only text is spoken.'),
    onClosed: () => end(),
    onTimedOut: () => end('timed-out'),
    onShutdown() {
      if (client.state === 'closed') return
      send({ type: 'error', code: 'going-away', message: 'The server is shutting down.' })
      socket.close(CLOSE_GOING_AWAY, 'going-away')
      // Quietly: the peers of this room are going on without the server, they are not leaving each other.
      if (client.state === 'joined') rooms.leave(client.room, client.peerId)
      else clearTimeout(client.deadline)
      client = { state: 'closed' }
      onEnd()
    },
  }
}

import { PeerError, type PeerErrorCode } from '../errors.js'
import type { ServerErrorCode, ServerMessage } from './message.js'

type ServerError = Extract<ServerMessage, { type: 'error' }>

interface Meaning {
  code: PeerErrorCode
  hint?: string
}

const MEANING = new Map<string, Meaning>(
  Object.entries({
    'room-full': {
      code: 'ROOM_FULL',
      hint: 'Two peers are in it already; choose another --room, or wait until one of them leaves.',
    },
    'server-full': { code: 'SERVER_FULL', hint: 'Try again later, or use another --signal server.' },
    'rate-limited': { code: 'RATE_LIMITED', hint: 'Try again in a moment.' },
    'going-away': { code: 'SIGNALING_LOST', hint: 'The server is shutting down; try again in a moment.' },
    'join-timeout': { code: 'SIGNALING_LOST' },
    'too-large': { code: 'MESSAGE_TOO_LARGE' },
    'bad-message': { code: 'PROTOCOL_VIOLATION' },
    'not-joined': { code: 'PROTOCOL_VIOLATION' },
    'already-joined': { code: 'PROTOCOL_VIOLATION' },
    'no-such-peer': { code: 'PEER_LOST' },
    internal: { code: 'SIGNALING_LOST' },
  } satisfies Record<ServerErrorCode, Meaning>),
)

/** What a server's `error` means to the user, as one sentence that names the server and the room. */
export function fromServerError(error: ServerError, url: string, room: string): PeerError {
  if (error.code === 'room-full') {
    return new PeerError('ROOM_FULL', `Room "${room}" at ${url} is full.`, MEANING.get('room-full'))
  }
  const meaning = MEANING.get(error.code) ?? { code: 'PROTOCOL_VIOLATION' }
  const sentence = `The signaling server at ${url} answered "${error.code}" in room "${room}": ${error.message}`
  return new PeerError(meaning.code, sentence, { hint: meaning.hint })
}

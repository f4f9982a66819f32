import { createPeerConnection } from '../../src/adapters/wrtc/index.js'
import type { PeerEvent } from '../../src/events.js'
import { DEFAULT_CANDIDATE_POLICY } from '../../src/session/candidate.js'
import type { PeerConnection } from '../../src/session/ports.js'
import { openSession } from '../../src/session/open-session.js'
import type { Session, SessionOptions } from '../../src/session/session.js'
import { createLocalRoom } from '../../src/signaling/local-room.js'

/** How further connections of a transfer are made on loopback. */
export const LOOPBACK_CONNECTION = {
  createPeerConnection,
  configuration: { iceServers: [] },
  candidatePolicy: DEFAULT_CANDIDATE_POLICY,
  tcp: true,
  limit: 64,
}

export interface SessionPair extends AsyncDisposable {
  offerer: Session
  answerer: Session
  events: { offerer: PeerEvent[]; answerer: PeerEvent[] }
}

export interface SessionPairOptions {
  offerer?: Partial<SessionOptions>
  answerer?: Partial<SessionOptions>
  setUp?: (connection: PeerConnection, side: 'offerer' | 'answerer') => void
}

/** Two real sessions over the native binding on loopback, joined without a server. */
export async function openSessionPair(options: SessionPairOptions = {}): Promise<SessionPair> {
  const [offererRoom, answererRoom] = createLocalRoom('test')
  const events: SessionPair['events'] = { offerer: [], answerer: [] }
  const open = (side: 'offerer' | 'answerer') =>
    openSession(
      side === 'offerer' ? offererRoom : answererRoom,
      {
        role: side,
        createPeerConnection,
        configuration: { iceServers: [] },
        verb: 'test',
        features: ['chat'],
        setUp: (connection) => options.setUp?.(connection, side),
        ...options[side],
      },
      { onEvent: (event) => events[side].push(event) },
    )
  const [offerer, answerer] = await Promise.all([open('offerer'), open('answerer')])
  return {
    offerer,
    answerer,
    events,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([offerer[Symbol.asyncDispose](), answerer[Symbol.asyncDispose]()])
    },
  }
}

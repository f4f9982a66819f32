import { PeerError } from '../errors.js'

/** How a session ended: the peer said bye, it was lost, or this side left. */
export type SessionEnd = { how: 'bye'; reason: string } | { how: 'lost'; error: PeerError } | { how: 'left' }

/** What whoever still waits for the session is told. */
export function endError(end: SessionEnd): PeerError {
  switch (end.how) {
    case 'bye':
      return new PeerError('PEER_LOST', `The peer left the session (${end.reason}).`)
    case 'lost':
      return end.error
    case 'left':
      return new PeerError('PEER_LOST', 'This side left the session.')
    default:
      return end satisfies never
  }
}

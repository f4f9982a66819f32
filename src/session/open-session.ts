import type { AbortOptions } from '../async/abortable.js'
import type { ReportEvent } from '../events.js'
import type { Room } from '../signaling/room.js'
import { PeerLeftEarly, PeerSession } from './peer-session.js'
import type { Session, SessionOptions } from './session.js'

/**
 * Waits in the room for a peer and connects to it; a peer that leaves before it was connected is waited for again.
 * Rejects with ICE_FAILED or TIMED_OUT when the peer is there but no path to it is.
 */
export async function openSession(
  room: Room,
  options: SessionOptions,
  { signal, onEvent = () => undefined }: AbortOptions & { onEvent?: ReportEvent } = {},
): Promise<Session> {
  for (;;) {
    const session = new PeerSession(room, options, onEvent)
    try {
      await session.connect({ signal })
      return session
    } catch (error) {
      await session[Symbol.asyncDispose]()
      if (!(error instanceof PeerLeftEarly)) throw error
    }
  }
}

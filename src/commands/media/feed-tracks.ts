import type { Session } from '../../session/session.js'
import type { OutgoingMedia } from './outgoing-media.js'

/**
 * Feeds the tracks of a session until it ends; rejects with the PeerError of a source that broke, and tells the peer
 * The failure counts as handled also where nobody awaits it yet.
 */
export function feedTracks(media: OutgoingMedia, session: Session, signal: AbortSignal): Promise<void> {
  const onChange = () => session.announceMedia(media.announcement)
  onChange()
  const feeding = media.start({ signal: AbortSignal.any([signal, session.signal]), onChange })
  feeding.catch(() => session.leave('its media source failed')) // leave never rejects
  return feeding
}

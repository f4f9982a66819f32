import type { ReportEvent } from '../events.js'
import type { MediaAnnouncement } from './control-message.js'

/** Reports what the peer sends from now on that is another source, or sent in another way, than it announced before. */
export function reportTrackChanges(
  { media, before }: { media: MediaAnnouncement; before: MediaAnnouncement },
  onEvent: ReportEvent,
): void {
  for (const kind of ['audio', 'video'] as const) {
    const now = media[kind]
    if (now === null) continue
    const { source, mode = 'live' } = now
    if (before[kind]?.source === source && (before[kind].mode ?? 'live') === mode) continue
    onEvent({ event: 'track-change', side: 'remote', kind, mode, source })
  }
}

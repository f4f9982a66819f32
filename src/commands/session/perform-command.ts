import type { SessionCommandOf } from '../../control/command.js'
import { listCommands } from '../../control/command-words.js'
import type { ObeyOptions } from '../../control/obey.js'
import { PeerError } from '../../errors.js'
import type { MediaKind } from '../../sdp/media-kind.js'
import type { Session } from '../../session/session.js'
import { bitrateOf } from '../options/option-values.js'
import type { Hush, OutgoingMedia } from '../media/outgoing-media.js'
import type { ReceivedMedia } from '../media/received-media.js'
import type { RunContext } from '../run.js'
import type { StatsDetailArgs } from '../options/stats-options.js'
import type { SessionFiles } from './session-files.js'
import { sampleNow } from '../outputs/watch-stats.js'

/** What the commands of a session work on. */
export interface CommandPlace {
  session: Session
  media: OutgoingMedia
  received: ReceivedMedia
  files: Pick<SessionFiles, 'send' | 'answer' | 'cancel'>
  details: Partial<StatsDetailArgs>
}

/** Does what a session is told while it runs; rejects with a PeerError where it cannot. */
export function createPerformer(
  { session, media, received, files, details }: CommandPlace,
  { report }: Pick<RunContext, 'report'>,
): ObeyOptions['perform'] {
  const startedMs = Date.now()
  return async (action, { signal }) => {
    switch (action.command) {
      case 'video':
      case 'audio':
        return media.switchTo(action.command, action.source, { signal })
      case 'mute':
      case 'unmute':
        return hush(media, action.kind, { muted: action.command === 'mute' })
      case 'pause':
        return media.hush(action.kind ?? 'video', { paused: true })
      case 'resume':
        return hush(media, action.kind, { paused: false })
      case 'bitrate':
        return media.limit(action.kind ?? 'video', readBitrate(String(action.bitrate)))
      case 'stats':
        return report(await sampleNow(session, details, { startedMs, signal }))
      case 'restart-ice':
        return session.restartIce()
      case 'snapshot':
        return received.snapshots.take(action.path, signal)
      case 'record':
        return record(action, received)
      case 'send':
        return files.send(action.path, { signal })
      case 'accept':
      case 'decline':
        return files.answer(action.command === 'accept')
      case 'cancel':
        return files.cancel()
      case 'help':
        return { commands: listCommands() }
      default:
        return action satisfies never
    }
  }
}

/** Without a kind, everything that is sent. */
function hush(media: OutgoingMedia, kind: MediaKind | undefined, change: Hush): void {
  if (kind === undefined && media.kinds.length === 0) throw new PeerError('USAGE', 'Nothing is sent.')
  for (const one of kind === undefined ? media.kinds : [kind]) media.hush(one, change)
}

/** `auto` lifts a bound that was set. */
function readBitrate(text: string): number | undefined {
  return text === 'auto' ? undefined : bitrateOf('bitrate')(text)
}

async function record(
  { action, path }: SessionCommandOf<'record'>,
  { recordings }: ReceivedMedia,
): Promise<void> {
  if (action === 'start') {
    if (path === undefined) throw new PeerError('USAGE', 'A recording needs the name of its file.')
    return recordings.add(path)
  }
  if (recordings.count === 0) {
    throw new PeerError('USAGE', 'Nothing is being recorded.', { hint: '/record start FILE begins.' })
  }
  switch (action) {
    case 'pause':
      return recordings.pause()
    case 'resume':
      return recordings.resume()
    case 'stop':
      return recordings.stop()
    default:
      return action satisfies never
  }
}

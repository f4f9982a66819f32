import type { SessionCommandOf } from '../control/command.js'
import { listCommands } from '../control/command-words.js'
import type { ObeyOptions } from '../control/obey.js'
import { PeerError } from '../errors.js'
import type { Session } from '../session/session.js'
import type { ReceivedMedia } from './received-media.js'
import type { RunContext } from './run.js'
import type { StatsDetailArgs } from './stats-options.js'
import { sampleNow } from './watch-stats.js'

/** What the commands of a session work on. */
export interface CommandPlace {
  session: Session
  received: ReceivedMedia
  details: Partial<StatsDetailArgs>
}

/** Does what a session is told while it runs; rejects with a PeerError where it cannot. */
export function createPerformer(
  { session, received, details }: CommandPlace,
  { report }: Pick<RunContext, 'report'>,
): ObeyOptions['perform'] {
  const startedMs = Date.now()
  return async (action, { signal }) => {
    switch (action.command) {
      case 'stats':
        return report(await sampleNow(session, details, { startedMs, signal }))
      case 'restart-ice':
        return session.restartIce()
      case 'snapshot':
        return received.snapshots.take(action.path, signal)
      case 'record':
        return record(action, received)
      case 'help':
        return { commands: listCommands() }
      default:
        return action satisfies never
    }
  }
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

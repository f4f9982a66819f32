import { Disposables } from '../../async/disposables.js'
import type { TrackHub } from '../../media/track-hub.js'
import { openRecordings, type Recordings } from './open-recordings.js'
import { openSnapshots, type Snapshots } from './open-snapshots.js'
import { openPlayback } from './open-playback.js'
import { openView } from './open-view.js'
import type { ReceivedMediaArgs } from '../options/received-media-options.js'
import type { RunContext } from '../run.js'

/** Everything that is done with the tracks of a session: what the options ask for, and what is asked for later. */
export interface ReceivedMedia extends AsyncDisposable {
  readonly recordings: Pick<Recordings, 'add' | 'count' | 'pause' | 'resume' | 'stop'>
  readonly snapshots: Pick<Snapshots, 'take'>
  /** Takes the tracks of the hub until the signal aborts. */
  start(hub: TrackHub, signal: AbortSignal): void
  /** Resolves when all is written; rejects with the first reason why something is not. */
  finish(): Promise<void>
}

/** Checks and opens what the options ask for; whatever can be known to fail fails here, before anything is contacted. */
export async function openReceivedMedia(
  args: ReceivedMediaArgs & { ffmpeg?: string | undefined; noColor?: boolean | undefined },
  context: Pick<RunContext, 'signal' | 'report' | 'onExit'>,
): Promise<ReceivedMedia> {
  await using opened = new Disposables()
  const recordings = opened.use(await openRecordings(args, context))
  const snapshots = opened.use(await openSnapshots(args, context))
  const view = await openView(args, context)
  if (view) opened.use(view)
  const playback = await openPlayback(args, context)
  if (playback) opened.use(playback)
  const uses = [recordings, snapshots]
  const owned = opened.move()
  return {
    recordings,
    snapshots,
    start(hub, signal) {
      for (const use of uses) use.start(hub, signal)
      view?.start(hub)
      playback?.start(hub, signal)
    },
    async finish() {
      const results = await Promise.allSettled(uses.map((use) => use.finish()))
      for (const result of results) if (result.status === 'rejected') throw result.reason
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

import { findProgramPath } from '../../adapters/system/programs.js'
import { PeerError } from '../../errors.js'
import { createRecorder } from '../../media/recording/recorder.js'
import type { TrackHub } from '../../media/track-hub.js'
import type { ReceivedMediaArgs } from '../options/received-media-options.js'
import type { RunContext } from '../run.js'

/** What arrives, in a window of ffplay. */
export interface Playback extends AsyncDisposable {
  start(hub: TrackHub, signal: AbortSignal): void
}

/** Opens what `--play` asks for: FFMPEG_UNAVAILABLE where there is no ffplay, undefined without the option. */
export async function openPlayback(
  { play }: Pick<ReceivedMediaArgs, 'play'>,
  { signal }: Pick<RunContext, 'signal'>,
): Promise<Playback | undefined> {
  if (!play) return undefined
  const path = await findProgramPath('ffplay')
  signal.throwIfAborted()
  if (path === null) {
    throw new PeerError('FFMPEG_UNAVAILABLE', '--play needs ffplay, which is not on the PATH.', {
      hint: 'Install ffmpeg with ffplay (apt install ffmpeg, brew install ffmpeg), or watch with --view.',
    })
  }
  const { openPlayer } = await import('../../adapters/ffmpeg/player.js')
  let running: Promise<void> = Promise.resolve()
  return {
    start(hub, ending) {
      const recorder = createRecorder({
        path: 'ffplay',
        kinds: ['video', 'audio'],
        openWriter: async (tracks) => openPlayer(path, tracks),
        // A window that is closed ends the watching and nothing else.
        onEvent: () => undefined,
      })
      hub.addTap(recorder.tap, { stage: 'filtered' })
      running = recorder.run(ending)
    },
    [Symbol.asyncDispose]: () => running,
  }
}

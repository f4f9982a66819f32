import type { RecordedTracks, RecordingWriter } from '../../media/recording/ports.js'
import { RAW_INPUT_ARGUMENTS, RawMediaPipe } from './raw-media-pipe.js'
import { startFfmpeg } from './start-ffmpeg.js'

/** What is shown above the picture. */
const TITLE = 'webrtc-cli'

/** Plays what is written as it comes, in a window of the ffplay program at `path`; ends with the window. */
export function openPlayer(path: string, tracks: RecordedTracks): RecordingWriter {
  const child = startFfmpeg(path, {
    inputs: 1,
    noStdin: false,
    args: ({ inputs: [input = ''] }) => [
      '-autoexit',
      '-window_title',
      TITLE,
      // The newest picture counts, not that none is missed.
      '-framedrop',
      '-flags',
      'low_delay',
      ...RAW_INPUT_ARGUMENTS,
      '-i',
      input,
    ],
  })
  const pipe = new RawMediaPipe(child, tracks, 'to the window')
  return {
    path,
    writeVideo: (data, timeMs) => pipe.writeVideo(data, timeMs),
    writeAudio: (samples, timeMs) => pipe.writeAudio(samples, timeMs),
    // What ffplay has not shown by the end of the call is late, not missing.
    finish: async () => undefined,
    size: async () => 0,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

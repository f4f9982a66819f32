import type { Argv } from 'yargs'
import { showsAll } from '../options/show-all.js'

/** One for each thing that can be done with media; each is a command of the README, where tests run them. */
export const MEDIA_RECIPES: readonly (readonly [command: string, does: string])[] = [
  ['offer --room tea --video film.mp4 --audio film.mp4 --start 500ms --duration 2s', 'Send a film'],
  ['stats --duration 1s --video picture.png --audio song.mp3 --loop', 'An image with music'],
  ['answer --room tea --video clock --audio beep', 'A picture and a sound that are drawn'],
  [
    `stats --duration 1s --video color:teal --video-constraints '{"width": {"min": 320, "max": 640}}'`,
    'Constraints as getUserMedia takes them',
  ],
  [`stats --duration 1s --filter 'grayscale(50%) blur(2px)'`, 'CSS filters'],
  [
    'stats --duration 1s --video-codec av1,vp9 --video-bitrate 300k --max-frame-rate 15 --audio-codec pcmu',
    'Codecs and bounds of what is sent',
  ],
  [
    'stats --duration 1s --video motion --width 1280 --height 720 --scale-down-by 2 --degradation-preference maintain-framerate',
    'Smaller, and smaller yet before more rarely',
  ],
  [
    `answer --room tea --video clock --audio beep --record call.webm --record call.wav --message 'recording' --duration 2s`,
    'Record what arrives',
  ],
  [
    `offer --room tea --video bars --audio tone --play --record door.rec --record-format mkv --record-segment 1s --record-video-bitrate 500k --record-audio-bitrate 48k --message 'go ahead' --duration 2s`,
    'Watch in a window, and record in pieces',
  ],
  [
    `answer --room tea --snapshot door.png --snapshot-at 500ms --snapshot-every 500ms --receive-filter 'grayscale(1)' --message 'looking' --duration 2s`,
    'Pictures of what arrives',
  ],
  [
    `answer --room tea --view --message 'watching' --duration 2s --expect 'media.framesLost < 30' --expect 'media.latency.p95 < 2s' --expect 'media.psnr > 30'`,
    'Watch in the terminal',
  ],
  [
    `stats --duration 2s --video motion --audio beep --expect 'media.black == 0' --expect 'media.skew < 2s'`,
    'Hold what arrived to expectations',
  ],
]

/** Shows the recipes with `--help --all`: the short help is one screen. */
export function withMediaRecipes<T>(yargs: Argv<T>): Argv<T> {
  if (showsAll()) for (const [command, does] of MEDIA_RECIPES) yargs.example(`$0 ${command}`, does)
  return yargs
}

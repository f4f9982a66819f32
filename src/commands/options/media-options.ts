import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { FITS } from '../../media/fit.js'
import { durationOf, positiveNumberOf, textOf, usage, wordOf } from './option-values.js'
import { flag, rare, value } from './options.js'

export const FFMPEG_OPTION = {
  ffmpeg: rare(value('ffmpeg to use, the one on the PATH by default', textOf('--ffmpeg', 4096))),
} satisfies Record<string, Options>

export const MEDIA_OPTIONS = {
  video: value('Send bars, clock, motion, screen, camera, FILE, ...', textOf('--video', 4096)),
  audio: value('Send tone[:HZ], beep, silence, mic, FILE, ...', textOf('--audio', 4096)),
  loop: flag('Play files again and again'),
  start: rare(value('Play files from here on, such as 10s', durationOf('--start'))),
  width: value('Pixels; as the source, or 640', positiveNumberOf('--width')),
  height: rare(value('Pixels; as the source, or 480', positiveNumberOf('--height'))),
  'frame-rate': rare(value('Frames per second; as the source, or 30', positiveNumberOf('--frame-rate'))),
  'aspect-ratio': rare(value('Width to height, such as 16:9', ratioOf('--aspect-ratio'))),
  fit: rare(value('Where the shape differs: contain, cover, stretch', wordOf('--fit', FITS))),
  'video-constraints': rare(
    value('As getUserMedia takes them, in JSON', textOf('--video-constraints', 4096)),
  ),
  'audio-constraints': rare(
    value('As getUserMedia takes them, in JSON', textOf('--audio-constraints', 4096)),
  ),
  ...FFMPEG_OPTION,
} satisfies Record<string, Options>

export type MediaArgs = ArgumentsCamelCase<InferredOptionTypes<typeof MEDIA_OPTIONS>>

/** `16:9`, `16/9` or `1.78`. */
function ratioOf(option: string) {
  return (text: string): number => {
    const [, width, height = '1'] = /^(\d+(?:\.\d+)?)(?:[:/](\d+(?:\.\d+)?))?$/.exec(text.trim()) ?? []
    const ratio = Number(width) / Number(height)
    if (ratio >= 1 / 256 && ratio <= 256) return ratio
    throw usage(option, 'must be a ratio such as 16:9 or 1.78', text)
  }
}

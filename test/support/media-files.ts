import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Of every clip: 3 seconds of 320x240 at 30 frames per second, and a tone. Each second begins with a flash, in which
 * the tone is loud.
 */
export const CLIP_FRAMES = 90
export const CLIP_SECONDS = 3
export const CLIP_TONE_HZ = 500

/** What tells a flash and its beep from the rest: the mean luma of a picture, and samples. */
export const CLIP_SIGNAL = { luma: 190, level: 8_000 }

const FLASH = 'lt(mod(t,1),0.2)'
const PICTURE = [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=size=320x240:rate=30:duration=${CLIP_SECONDS},drawbox=color=white:t=fill:enable='${FLASH}'`,
]
const SOUND = [
  '-f',
  'lavfi',
  '-i',
  `aevalsrc='(0.1+0.4*${FLASH})*sin(2*PI*${CLIP_TONE_HZ}*t)':sample_rate=48000:duration=${CLIP_SECONDS}`,
]
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '500k']

const GARBAGE = ['-f', 'lavfi', '-i', 'anoisesrc=duration=1', '-f', 's16le']

const RECIPES = {
  'film.mp4': [...PICTURE, ...SOUND, ...H264, '-c:a', 'aac', '-movflags', '+faststart'],
  'film.webm': [...PICTURE, ...SOUND, ...VP9, '-c:a', 'libopus'],
  'film.mkv': [...PICTURE, ...SOUND, ...H264, '-c:a', 'libopus'],
  'mute.mp4': [...PICTURE, ...H264],
  'clip.y4m': [...PICTURE, '-pix_fmt', 'yuv420p'],
  'clip444.y4m': [...PICTURE, '-frames:v', '10', '-pix_fmt', 'yuv444p', '-strict', '-1'],
  'song.mp3': [...SOUND, '-c:a', 'libmp3lame'],
  'song.wav': [...SOUND, '-ac', '2', '-c:a', 'pcm_s16le'],
  'song24.wav': [...SOUND, '-c:a', 'pcm_s24le'],
  'garbage.mp4': GARBAGE,
  'garbage.y4m': GARBAGE,
  'picture.png': ['-f', 'lavfi', '-i', 'color=red:size=320x240', '-frames:v', '1'],
} as const

export type MediaFile = keyof typeof RECIPES

export const MEDIA_FILES = Object.keys(RECIPES).filter((name): name is MediaFile => name in RECIPES)

let directory: string | undefined

/** The path of a small file of that kind; ffmpeg makes it when it is first asked for, once for a test file. */
export function mediaFile(name: MediaFile): string {
  directory ??= createDirectory()
  const path = join(directory, name)
  if (!made.has(name)) {
    const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...RECIPES[name], path], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`ffmpeg makes no ${name}: ${stderr}`)
    made.add(name)
  }
  return path
}

const made = new Set<MediaFile>()

function createDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'webrtc-cli-media-'))
  process.once('exit', () => rmSync(path, { recursive: true, force: true }))
  return path
}

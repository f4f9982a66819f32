import { spawnSync } from 'node:child_process'
import * as v from 'valibot'
import { createAudioMeter } from '../../src/media/audio-meter.js'

const probeSchema = v.object({
  streams: v.array(
    v.object({
      codec_name: v.string(),
      codec_type: v.string(),
      width: v.optional(v.number()),
      height: v.optional(v.number()),
      sample_rate: v.optional(v.string()),
      nb_read_packets: v.optional(v.string()),
      color_space: v.optional(v.string()),
    }),
  ),
  format: v.object({ format_name: v.string(), duration: v.optional(v.string()) }),
})

export interface ProbedStream {
  codec: string
  width: number | undefined
  height: number | undefined
  packets: number
  colorSpace: string | undefined
}

export interface ProbedFile {
  container: string
  durationMs: number
  video: ProbedStream | undefined
  audio: ProbedStream | undefined
}

/** What ffprobe finds in a file; throws where it finds a fault. */
export function probeMedia(path: string): ProbedFile {
  const args = ['-v', 'error', '-count_packets', '-show_streams', '-show_format', '-of', 'json', path]
  const { status, stdout, stderr } = spawnSync('ffprobe', args, { encoding: 'utf8' })
  if (status !== 0 || stderr !== '') throw new Error(`ffprobe ${path}: ${status} ${stderr}`)
  const { streams, format } = v.parse(probeSchema, JSON.parse(stdout))
  const find = (type: string): ProbedStream | undefined => {
    const stream = streams.find(({ codec_type }) => codec_type === type)
    return (
      stream && {
        codec: stream.codec_name,
        width: stream.width,
        height: stream.height,
        packets: Number(stream.nb_read_packets ?? 0),
        colorSpace: stream.color_space,
      }
    )
  }
  return {
    container: format.format_name,
    durationMs: Number(format.duration ?? 0) * 1000,
    video: find('video'),
    audio: find('audio'),
  }
}

/** The times of the packets of a stream, in milliseconds. */
export function packetTimesMs(path: string, kind: 'video' | 'audio'): number[] {
  const select = kind === 'video' ? 'v:0' : 'a:0'
  const args = [
    '-v',
    'error',
    '-select_streams',
    select,
    '-show_entries',
    'packet=pts_time',
    '-of',
    'csv=p=0',
    path,
  ]
  const { stdout } = spawnSync('ffprobe', args, { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Number.parseFloat(line) * 1000)
}

/** The sound of a file as 48 kHz mono samples. */
export function decodeSound(path: string): Int16Array {
  const args = ['-v', 'error', '-i', path, '-map', 'a:0', '-ac', '1', '-ar', '48000', '-f', 's16le', '-']
  const { stdout } = spawnSync('ffmpeg', args, { maxBuffer: 2 ** 28 })
  return new Int16Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.byteLength / 2)).slice()
}

/** Hz, over the second half of the file. */
export function toneOf(path: string): number {
  const samples = decodeSound(path)
  const meter = createAudioMeter()
  for (let at = Math.floor(samples.length / 2); at + 480 <= samples.length; at += 480) {
    meter.add({ samples: samples.slice(at, at + 480), sampleRate: 48_000, channelCount: 1 })
  }
  return meter.measure().frequency ?? 0
}

/** The mean luma of every picture of a file, with its time in milliseconds. */
export function decodeLuma(path: string): { timeMs: number; luma: number }[] {
  const scale = 'scale=1:1:flags=area,format=gray'
  const args = [
    '-v',
    'error',
    '-i',
    path,
    '-map',
    'v:0',
    '-vf',
    scale,
    '-fps_mode',
    'passthrough',
    '-f',
    'rawvideo',
    '-',
  ]
  const { stdout } = spawnSync('ffmpeg', args, { maxBuffer: 2 ** 28 })
  const times = packetTimesMs(path, 'video')
  return Array.from(stdout, (luma, index) => ({ timeMs: times[index] ?? Number.NaN, luma }))
}

/** Above which mean luma a picture, and above which sample a sound, is a signal. */
export interface Signal {
  luma: number
  level: number
}

/** When signals begin, in milliseconds. */
export interface Onsets {
  seen: number[]
  heard: number[]
}

/** The signals of a file, about one a second. */
export function onsetsOf(path: string, { luma, level }: Signal): Onsets {
  const pictures = decodeLuma(path).map((picture) => ({ timeMs: picture.timeMs, isOn: picture.luma > luma }))
  return { seen: onsets(pictures), heard: onsets(loudness(decodeSound(path), level)) }
}

/** How far the pictures of a file are from the sounds next to them, in milliseconds. */
export function skewsOf(path: string, signal: Signal): number[] {
  const { seen, heard } = onsetsOf(path, signal)
  return seen.map((timeMs) => Math.min(...heard.map((otherMs) => Math.abs(timeMs - otherMs))))
}

/** When the signal begins, in milliseconds, each time it does. */
function onsets(values: Iterable<{ timeMs: number; isOn: boolean }>): number[] {
  const found: number[] = []
  // What is on at the beginning may have begun before it.
  let before = true
  for (const { timeMs, isOn } of values) {
    if (isOn && !before && timeMs - (found.at(-1) ?? 0) > 600) found.push(timeMs)
    before = isOn
  }
  return found
}

/** Two milliseconds at a time; a tone of 500 Hz is above the level once in each. */
function* loudness(samples: Int16Array, level: number) {
  for (let at = 0; at + 96 <= samples.length; at += 96) {
    yield { timeMs: at / 48, isOn: samples.subarray(at, at + 96).some((sample) => Math.abs(sample) > level) }
  }
}

// How far sound and picture of one file are apart when they are written to their tracks, by the clock, for a minute:
// node test/bench/media-sync.mjs [--seconds 60]. One JSON object. Needs ffmpeg.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadSource } from './load-source.mjs'
import { median } from './median.mjs'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } })
const seconds = Number(values.seconds)
const { createVideoFeed, createAudioFeed, openMedia, fileInput, probeMedia } = await loadSource(
  'media/audio-feed.ts',
  'media/video-feed.ts',
  'adapters/ffmpeg/open-media.ts',
  'adapters/ffmpeg/media-input.ts',
  'adapters/ffmpeg/probe-media.ts',
)

const directory = mkdtempSync(join(tmpdir(), 'webrtc-cli-bench-'))
try {
  const input = fileInput(makeFlashes(join(directory, 'flashes.mp4')))
  const stop = new AbortController()
  const { signal } = stop
  const { video: facts } = await probeMedia('ffprobe', input, { signal })
  const format = { sampleRate: 48_000, channelCount: 1 }
  const sources = await openMedia('ffmpeg', input, {
    video: { facts, size: facts, fit: 'contain' },
    audio: format,
    signal,
  })
  const seen = onsets(({ data }) => data[0] > 128)
  const heard = onsets(({ samples }) => samples.some((sample) => Math.abs(sample) > 3000))
  const feeds = [createVideoFeed(sources.video, seen), createAudioFeed(sources.audio, heard)]
  const startMs = performance.now()
  const running = feeds.map((feed) => feed.run({ startMs, signal }))
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000 - 500))
  stop.abort()
  await Promise.all(running)
  const skews = seen.atMs.map((atMs) => Math.min(...heard.atMs.map((otherMs) => Math.abs(atMs - otherMs))))
  const [video, audio] = feeds.map(({ counters }) => counters)
  console.log(
    JSON.stringify({
      bench: 'media-sync',
      seconds,
      flashes: skews.length,
      medianSkewMs: median(skews),
      maxSkewMs: Math.max(...skews),
      video,
      audio,
    }),
  )
  for (const feed of feeds) await feed[Symbol.asyncDispose]()
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** White and 1000 Hz for the first tenth of each second. */
function makeFlashes(path) {
  const on = 'lt(mod(t,1),0.1)'
  const picture = `color=black:size=1280x720:rate=30:duration=${seconds},drawbox=c=white:t=fill:enable='${on}'`
  const sound = `aevalsrc='sin(2*PI*1000*t)*${on}':s=48000:d=${seconds}`
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound]
  const { status } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...inputs, ...codecs, path])
  if (status !== 0) throw new Error('ffmpeg makes no flashes')
  return path
}

/** When a signal begins, at the moment it is written. */
function onsets(isOn) {
  const atMs = []
  let wasOn = false
  return {
    atMs,
    write(item) {
      const on = isOn(item)
      if (on && !wasOn) atMs.push(performance.now())
      wasOn = on
    },
  }
}

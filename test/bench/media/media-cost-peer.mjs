// One process with both ends of a call, sending for a while; prints what it cost as JSON.
// node media-cost-peer.mjs MODE SECONDS [FILE]: `bare` pushes one constant frame of bars and one block of sound by a plain timer,
// `drawn` is bars with their barcode and a tone, `file` a film, through the sources, the feeds and the adaptation of
// webrtc-cli. `moving` is the bare loop with the very pictures of `drawn`, drawn beforehand: what its encoder costs more.
import { readFileSync } from 'node:fs'
import wrtc from '@roamhq/wrtc'
import { loadSource } from '../load-source.mjs'

const [mode, seconds, file] = process.argv.slice(2)
const SIZE = { width: 1280, height: 720, frameRate: 30 }
const FORMAT = { sampleRate: 48_000, channelCount: 1 }
const { RTCVideoSource, RTCAudioSource, RTCVideoSink, RTCAudioSink } = wrtc.nonstandard

const video = new RTCVideoSource()
const audio = new RTCAudioSource()
const tracks = [video.createTrack(), audio.createTrack()]
const { sender, received } = await connect(tracks)
const outputs = {
  video: { write: (frame) => video.onFrame(frame) },
  audio: {
    write: ({ samples, sampleRate, channelCount }) =>
      audio.onData({ samples, sampleRate, channelCount, bitsPerSample: 16, numberOfFrames: samples.length }),
  },
}

const stop = new AbortController()
const children = []
const feed = await { bare: pushConstants, moving: pushMoving, drawn: feedDrawn, file: feedFile }[mode]()
// The first second finds the encoder's rate.
await sleep(1000)
const before = {
  usage: totalCpu(),
  machine: machineCpu(),
  frames: received.frames,
  written: feed.written(),
  atMs: performance.now(),
}
const gaps = watchGaps()
await sleep(Number(seconds) * 1000)
const elapsed = (performance.now() - before.atMs) / 1000
const round = (value) => Math.round(value * 1000) / 1000
console.log(
  JSON.stringify({
    mode,
    cpuShare: round((totalCpu() - before.usage) / elapsed),
    // Cores that others had meanwhile: much of it, and a gap is not ours.
    othersCpuShare: round((machineCpu() - before.machine - (totalCpu() - before.usage)) / elapsed),
    sentPerSecond: round((feed.written() - before.written) / elapsed),
    receivedPerSecond: round((received.frames - before.frames) / elapsed),
    maxGapMs: round(gaps.max()),
  }),
)
stop.abort()
await feed.close()
process.exit(0)

async function connect(tracks) {
  const counters = { frames: 0 }
  const [sender, receiver] = [0, 1].map(() => new wrtc.RTCPeerConnection({ iceServers: [] }))
  for (const [from, to] of [
    [sender, receiver],
    [receiver, sender],
  ]) {
    from.onicecandidate = ({ candidate }) => {
      if (candidate && !/ tcp /i.test(candidate.candidate))
        void to.addIceCandidate(candidate).catch(() => undefined)
    }
  }
  receiver.ontrack = ({ track }) => {
    if (track.kind === 'video') new RTCVideoSink(track).onframe = () => counters.frames++
    else new RTCAudioSink(track).ondata = () => undefined
  }
  const stream = new wrtc.MediaStream()
  for (const track of tracks) sender.addTrack(track, stream)
  const connected = new Promise((resolve) => {
    sender.onconnectionstatechange = () => sender.connectionState === 'connected' && resolve()
  })
  const offer = await sender.createOffer()
  await sender.setLocalDescription(offer)
  await receiver.setRemoteDescription(offer)
  const answer = await receiver.createAnswer()
  await receiver.setLocalDescription(answer)
  await sender.setRemoteDescription(answer)
  await connected
  return { sender, received: counters }
}

async function pushConstants() {
  const { createBars } = await loadSource('media/bars.ts')
  const { data } = createBars(SIZE).draw(0)
  return pushPictures(() => data)
}

async function pushMoving() {
  const { createBars, createBarcodeStage } = await loadSource(
    'media/bars.ts',
    'media/barcode/draw-barcode.ts',
  )
  const [bars, stage] = [createBars(SIZE), createBarcodeStage()]
  const pictures = Array.from({ length: 120 }, (_, index) => {
    const { data } = bars.draw(index)
    return stage({ ...SIZE, data: data.slice() }, { index, sequence: index }).data
  })
  return pushPictures((index) => pictures[index % pictures.length])
}

function pushPictures(pictureOf) {
  const samples = new Int16Array(FORMAT.sampleRate / 100).fill(1000)
  let written = 0
  const startMs = performance.now()
  let [frames, blocks] = [0, 0]
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startMs
    for (; blocks * 10 <= elapsedMs; blocks++) outputs.audio.write({ samples, ...FORMAT })
    for (; (frames * 1000) / SIZE.frameRate <= elapsedMs; frames++) {
      outputs.video.write({ ...SIZE, data: pictureOf(frames) })
      written++
    }
  }, 10)
  return { written: () => written, close: async () => clearInterval(timer) }
}

async function feedDrawn() {
  const { createVideoFeed, createAudioFeed, openDrawnVideo, openDrawnAudio, createBarcodeStage } =
    await loadSource(
      'media/audio-feed.ts',
      'media/barcode/draw-barcode.ts',
      'media/drawn-source.ts',
      'media/video-feed.ts',
    )
  return runFeeds(
    createVideoFeed(openDrawnVideo({ kind: 'bars' }, SIZE), outputs.video, {
      stages: [createBarcodeStage()],
    }),
    createAudioFeed(
      openDrawnAudio({ kind: 'tone', frequency: 440 }, { ...FORMAT, volume: 1 }),
      outputs.audio,
    ),
  )
}

async function feedFile() {
  const { createVideoFeed, createAudioFeed, openMedia, fileInput, probeMedia } = await loadSource(
    'media/audio-feed.ts',
    'media/video-feed.ts',
    'adapters/ffmpeg/open-media.ts',
    'adapters/ffmpeg/media-input.ts',
    'adapters/ffmpeg/probe-media.ts',
  )
  const { signal } = stop
  const input = fileInput(file, { loop: true })
  const { video: facts } = await probeMedia('ffprobe', input, { signal })
  const sources = await openMedia('ffmpeg', input, {
    video: { facts, size: SIZE, fit: 'contain' },
    audio: FORMAT,
    signal,
  })
  children.push(...childrenOfThis())
  return runFeeds(
    createVideoFeed(sources.video, outputs.video),
    createAudioFeed(sources.audio, outputs.audio),
  )
}

async function runFeeds(...feeds) {
  const { adaptVideo } = await loadSource('media/adaptation/adapt-video.ts')
  const startMs = performance.now()
  const running = feeds.map((feed) => feed.run({ startMs, signal: stop.signal }))
  const sending = {
    feed: feeds[0],
    parameters: {},
    getStats: async () => [...(await sender.getStats(tracks[0])).values()],
    setParameters: async () => undefined,
  }
  const adapted = () => console.error('The encoder did not keep up: this measures another picture.')
  running.push(adaptVideo(sending, { preference: 'balanced', onAdapted: adapted, signal: stop.signal }))
  return {
    written: () => feeds[0].counters.written,
    async close() {
      await Promise.all(running)
      for (const feed of feeds) await feed[Symbol.asyncDispose]()
    },
  }
}

/** Seconds of processor time of this process and of the ffmpeg it started. */
function totalCpu() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6 + children.reduce((sum, pid) => sum + cpuOf(pid), 0)
}

/** Seconds of processor time of everything on the machine. */
function machineCpu() {
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq) / 100
}

function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function childrenOfThis() {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
}

/** The longest time the event loop was kept from a timer of 5 ms. */
function watchGaps() {
  let max = 0
  let beforeMs = performance.now()
  setInterval(() => {
    const nowMs = performance.now()
    max = Math.max(max, nowMs - beforeMs)
    beforeMs = nowMs
  }, 5)
  return { max: () => max }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

// What adaptation makes of 720p `motion` while 300 kbit/s are left, and afterwards: node test/bench/adaptation.mjs
// [--codec VP8] [--limit bitrate|link] [--preference balanced] [--bitrate 300000] [--loss 0]. Two peers in this process;
// one JSON object for each codec and limit: `bitrate` bounds the sender's encoding, `link` the path itself.
import { parseArgs } from 'node:util'
import { loadSource } from './load-source.mjs'

const { values } = parseArgs({
  options: {
    codec: { type: 'string' },
    limit: { type: 'string' },
    preference: { type: 'string', default: 'balanced' },
    bitrate: { type: 'string', default: '300000' },
    loss: { type: 'string', default: '0' },
  },
})
const bitrate = Number(values.bitrate)
const SIZE = { width: 1280, height: 720, frameRate: 30 }

/** Milliseconds: until the path is known, until the steps are found, of measuring, and the longest way back. */
const [START_MS, SETTLE_MS, MEASURE_MS, RETURN_MS] = [5_000, 6_000, 8_000, 30_000]

const {
  adaptVideo,
  createBarcodeStage,
  createMotion,
  createPatternVideo,
  createPeerConnection,
  createTrackHub,
  createVideoFeed,
  openImpairedLink,
  openSessionPair,
  openTrackSink,
  openVideoOutput,
  parseImpairment,
  readBarcode,
  TrackSending,
  tuneConnections,
} = await loadSource(
  'adapters/udp/impaired-link.ts',
  'adapters/wrtc/index.ts',
  'impair/impairment.ts',
  'media/adaptation/adapt-video.ts',
  'media/barcode/draw-barcode.ts',
  'media/barcode/read-barcode.ts',
  'media/motion.ts',
  'media/pattern-source.ts',
  'media/track-hub.ts',
  'media/track-sending.ts',
  'media/video-feed.ts',
  'session/tuned-connection.ts',
  '../test/support/session-pair.ts',
)

for (const codec of values.codec === undefined ? ['VP8', 'VP9', 'AV1'] : [values.codec])
  for (const limit of values.limit === undefined ? ['bitrate', 'link'] : [values.limit])
    console.log(JSON.stringify(await measure(codec, limit)))
// The binding does not survive a natural end once there were tracks.
process.exit(0)

async function measure(codec, limit) {
  const output = openVideoOutput()
  const feed = createVideoFeed(createPatternVideo(createMotion(SIZE), SIZE), output, {
    stages: [createBarcodeStage()],
  })
  const sending = new TrackSending(feed, output.track)
  // Read for each packet, so that the link can become another one.
  const impairment = { ...parseImpairment('delay=20ms'), lossRatio: Number(values.loss), queueMs: 300 }
  const link = limit === 'link' ? await openImpairedLink(impairment) : undefined
  const create = link ? link.impair(createPeerConnection) : createPeerConnection
  const tuning = { video: { codecs: [codec] }, audio: {} }
  const pair = await openSessionPair({
    offerer: { createPeerConnection: tuneConnections(create, tuning) },
    setUp: (connection, side) => {
      if (side === 'offerer') sending.addTo(connection)
    },
  })
  const seen = { frames: 0, readable: 0, width: 0, height: 0 }
  const hub = createTrackHub({ openSink: openTrackSink })
  hub.addTap(() => ({
    onFrame(frame) {
      seen.frames++
      if (readBarcode(frame)) seen.readable++
      ;({ width: seen.width, height: seen.height } = frame)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }))
  const stop = new AbortController()
  const { signal } = stop
  const startMs = performance.now()
  const steps = []
  const onAdapted = ({ width, height, frameRate }) =>
    steps.push({ atMs: Math.round(performance.now() - startMs), width, height, frameRate })
  const running = Promise.all([
    feed.run({ signal }),
    adaptVideo(sending, { preference: values.preference, onAdapted, signal }),
  ])
  for await (const track of pair.answerer.tracks()) {
    await hub.addTrack(track)
    break
  }

  await sleep(START_MS)
  const limitedMs = performance.now() - startMs
  if (link) impairment.rateBitsPerSecond = bitrate
  else await sending.setParameters({ maxBitrate: bitrate })
  await sleep(SETTLE_MS)
  const before = { ...seen }
  await sleep(MEASURE_MS)
  const limited = {
    framesPerSecond: ((seen.frames - before.frames) * 1000) / MEASURE_MS,
    width: seen.width,
    height: seen.height,
    readable: `${seen.readable - before.readable}/${seen.frames - before.frames}`,
  }
  const liftedMs = performance.now() - startMs
  if (link) impairment.rateBitsPerSecond = null
  else await sending.setParameters({ maxBitrate: undefined })
  const isWhole = () => steps.length === 0 || steps.at(-1).width === SIZE.width
  while (!isWhole() && performance.now() - startMs < liftedMs + RETURN_MS) await sleep(100)
  const backMs = isWhole() ? Math.max(0, (steps.at(-1)?.atMs ?? 0) - liftedMs) : null

  stop.abort()
  await running
  for (const open of [hub, pair, feed, output, link]) await open?.[Symbol.asyncDispose]()
  return {
    bench: 'adaptation',
    codec,
    limit,
    bitrate,
    preference: values.preference,
    limited,
    backAtFullSizeMs: backMs === null ? null : Math.round(backMs),
    readableRatio: seen.readable / seen.frames,
    framesReceived: seen.frames,
    limitedMs: Math.round(limitedMs),
    liftedMs: Math.round(liftedMs),
    steps,
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

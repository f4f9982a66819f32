// How many of the pictures that arrive have a barcode that can be read: node test/bench/barcode.mjs [--seconds 10]
// [--bitrate 300000] [--codec VP8]. Two peers in this process; one JSON object a line.
import { parseArgs } from 'node:util'
import wrtc from '@roamhq/wrtc'
import { loadSource } from './load-source.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    bitrate: { type: 'string', default: '300000' },
    codec: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
const bitrate = Number(values.bitrate)

const { createBarcodeStage, createBars, pace, readBarcode } = await loadSource(
  'media/barcode/draw-barcode.ts',
  'media/barcode/read-barcode.ts',
  'media/bars.ts',
  'async/pace.ts',
)

const CODECS = values.codec === undefined ? ['VP8', 'VP9', 'AV1'] : [values.codec]
const CASES = [
  { width: 640, height: 360, content: 'bars', scaledBy: 1 },
  { width: 640, height: 360, content: 'noise', scaledBy: 1 },
  { width: 640, height: 480, content: 'bars', scaledBy: 2 },
  { width: 1280, height: 720, content: 'bars', scaledBy: 3 },
  { width: 320, height: 180, content: 'noise', scaledBy: 1 },
]

for (const codec of CODECS)
  for (const setting of CASES) console.log(JSON.stringify(await measure(codec, setting)))
// The binding does not survive a natural end once there were tracks.
process.exit(0)

async function measure(codec, { width, height, content, scaledBy }) {
  const source = new wrtc.nonstandard.RTCVideoSource()
  const track = source.createTrack()
  const [left, right] = [new wrtc.RTCPeerConnection(), new wrtc.RTCPeerConnection()]
  left.onicecandidate = ({ candidate }) =>
    candidate && right.addIceCandidate(candidate).catch(() => undefined)
  right.onicecandidate = ({ candidate }) =>
    candidate && left.addIceCandidate(candidate).catch(() => undefined)
  const count = { sent: 0, received: 0, readable: 0, receivedWidth: 0, receivedHeight: 0, wrong: 0 }
  let sink
  right.ontrack = (event) => {
    sink = new wrtc.nonstandard.RTCVideoSink(event.track)
    sink.onframe = ({ frame }) => {
      const mark = readBarcode(frame)
      count.received++
      if (mark !== undefined) count.readable++
      if (mark !== undefined && mark.id >= count.sent) count.wrong++
      count.receivedWidth = frame.width
      count.receivedHeight = frame.height
    }
  }
  const transceiver = left.addTransceiver(track, {
    direction: 'sendonly',
    sendEncodings: [{ scaleResolutionDownBy: scaledBy }],
  })
  prefer(transceiver, codec)
  const offer = await left.createOffer()
  await left.setLocalDescription(offer)
  await right.setRemoteDescription(offer)
  const answer = await right.createAnswer()
  await right.setLocalDescription(answer)
  await left.setRemoteDescription({ type: 'answer', sdp: capped(answer.sdp) })

  const draw = content === 'bars' ? drawerOfBars(width, height) : drawerOfNoise(width, height)
  const stage = createBarcodeStage()
  const stop = AbortSignal.timeout(seconds * 1000)
  await pace({
    intervalMs: 1000 / 30,
    signal: stop,
    onTick: (index) => {
      const { data } = stage(draw(index), { index, sequence: count.sent })
      source.onFrame({ width, height, data })
      count.sent++
    },
  })
  const used = await codecInUse(right)
  sink?.stop()
  track.stop()
  left.close()
  right.close()
  const ratio = count.received === 0 ? null : count.readable / count.received
  return {
    bench: 'barcode',
    codec: used ?? codec,
    width,
    height,
    content,
    scaledBy,
    bitrate,
    ...count,
    ratio,
  }
}

function prefer(transceiver, codec) {
  const { codecs } = wrtc.RTCRtpSender.getCapabilities('video')
  const wanted = codecs.filter(({ mimeType }) => mimeType === `video/${codec}`)
  transceiver.setCodecPreferences([...wanted, ...codecs.filter((other) => !wanted.includes(other))])
}

function capped(sdp) {
  return sdp.replace(
    /(m=video[^]*?c=[^\r\n]*\r\n)/,
    `$1b=AS:${Math.round(bitrate / 1000)}\r\nb=TIAS:${bitrate}\r\n`,
  )
}

async function codecInUse(connection) {
  const stats = [...(await connection.getStats()).values()]
  const inbound = stats.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')
  return stats.find(({ id }) => id === inbound?.codecId)?.mimeType?.replace('video/', '')
}

function drawerOfBars(width, height) {
  const bars = createBars({ width, height, frameRate: 30 })
  return (index) => bars.draw(index)
}

/** Every picture unlike the one before, the most an encoder can be asked for. */
function drawerOfNoise(width, height) {
  const pool = Array.from({ length: 5 }, () => {
    const data = new Uint8Array((width * height * 3) / 2).fill(128)
    for (let at = 0; at < width * height; at++) data[at] = 16 + Math.random() * 219
    return data
  })
  const data = new Uint8Array((width * height * 3) / 2)
  return (index) => {
    data.set(pool[index % pool.length])
    return { width, height, data }
  }
}

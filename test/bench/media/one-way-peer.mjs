// One end of a bare call between two processes, 1080p30 one way: descriptions and candidates are lines of JSON on
// standard input and output. node one-way-peer.mjs send|receive SECONDS
import { createInterface } from 'node:readline'
import wrtc from '@roamhq/wrtc'

const [role, seconds] = process.argv.slice(2)
const SIZE = { width: 1920, height: 1080 }
const pc = new wrtc.RTCPeerConnection({ iceServers: [] })
const say = (message) => console.log(JSON.stringify(message))
const held = []
let frames = 0

pc.onicecandidate = ({ candidate }) => {
  if (candidate && !/ tcp /i.test(candidate.candidate)) {
    const { candidate: line, sdpMid, sdpMLineIndex } = candidate
    say({ candidate: { candidate: line, sdpMid, sdpMLineIndex } })
  }
}
pc.onconnectionstatechange = () => {
  if (pc.connectionState === 'connected') void run()
}
pc.ontrack = ({ track }) => {
  new wrtc.nonstandard.RTCVideoSink(track).onframe = () => frames++
}
createInterface({ input: process.stdin }).on('line', (line) => void take(JSON.parse(line)))

const source = new wrtc.nonstandard.RTCVideoSource()
if (role === 'send') {
  pc.addTrack(source.createTrack(), new wrtc.MediaStream())
  const offer = await pc.createOffer()
  await pc.setLocalDescription(offer)
  say({ description: { type: offer.type, sdp: offer.sdp } })
}

async function take({ description, candidate }) {
  if (candidate) {
    if (pc.remoteDescription) await pc.addIceCandidate(candidate).catch(() => undefined)
    else held.push(candidate)
    return
  }
  await pc.setRemoteDescription(description)
  for (const one of held.splice(0)) await pc.addIceCandidate(one).catch(() => undefined)
  if (description.type !== 'offer') return
  const answer = await pc.createAnswer()
  await pc.setLocalDescription(answer)
  say({ description: { type: answer.type, sdp: answer.sdp } })
}

let isRunning = false
async function run() {
  if (isRunning) return
  isRunning = true
  if (role === 'send') push()
  // The first two seconds find the encoder's rate.
  await sleep(2000)
  const before = { frames, atMs: performance.now() }
  await sleep(Number(seconds) * 1000)
  const receivedPerSecond = ((frames - before.frames) * 1000) / (performance.now() - before.atMs)
  if (role === 'receive') say({ receivedPerSecond })
  process.exit(0)
}

function push() {
  const data = new Uint8Array((SIZE.width * SIZE.height * 3) / 2).fill(128)
  const startMs = performance.now()
  let pushed = 0
  setInterval(() => {
    const due = Math.floor(((performance.now() - startMs) * 30) / 1000)
    if (pushed > due) return
    source.onFrame({ ...SIZE, data })
    pushed = due + 1
  }, 5)
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

// The least that moves bytes over one data channel of the native binding: no files, no hashes, no framing. One end of
// two processes; what they have to tell each other goes through the parent.
import wrtc from '@roamhq/wrtc'

const [role, total] = [process.argv[2], Number(process.argv[3])]
const MESSAGE_BYTES = 64 * 1024
const HIGH_WATER_BYTES = 1024 * 1024

const pc = new wrtc.RTCPeerConnection({ iceServers: [] })
const channel = pc.createDataChannel('data', { negotiated: true, id: 0, ordered: false })
channel.binaryType = 'arraybuffer'
const held = []

pc.onicecandidate = ({ candidate }) => {
  if (candidate?.candidate && !/ tcp /i.test(candidate.candidate)) process.send({ candidate })
}
process.on('message', (message) => void take(message))

async function describe(description) {
  await pc.setLocalDescription(description)
  process.send({ description: { type: description.type, sdp: description.sdp } })
}

async function take({ description, candidate }) {
  if (candidate) {
    if (pc.remoteDescription) await pc.addIceCandidate(candidate)
    else held.push(candidate)
    return
  }
  await pc.setRemoteDescription(description)
  if (description.type === 'offer') await describe(await pc.createAnswer())
  for (const candidate of held.splice(0)) await pc.addIceCandidate(candidate)
}

if (role === 'send') {
  channel.onopen = () => {
    const message = new Uint8Array(MESSAGE_BYTES)
    let sent = 0
    const push = () => {
      while (sent < total && channel.bufferedAmount < HIGH_WATER_BYTES) {
        channel.send(message)
        sent += MESSAGE_BYTES
      }
      if (sent < total) setTimeout(push, 1)
    }
    push()
  }
  channel.onmessage = () => process.send({ done: true })
  await describe(await pc.createOffer())
} else {
  let received = 0
  let startedMs
  channel.onmessage = ({ data }) => {
    startedMs ??= performance.now()
    received += data.byteLength
    if (received < total) return
    process.send({ durationMs: performance.now() - startedMs })
    channel.send('done')
  }
}

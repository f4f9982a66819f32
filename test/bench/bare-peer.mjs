// The least that does the same handshake: the native binding and ws, no options, no checks, no events.
import wrtc from '@roamhq/wrtc'
import { WebSocket } from 'ws'

const [role, room, url] = process.argv.slice(2)
const pc = new wrtc.RTCPeerConnection({ iceServers: [] })
const channel = pc.createDataChannel('chat', { negotiated: true, id: 0 })
const socket = new WebSocket(url, 'webrtc-cli.v1')
const held = []
let peerId

const send = (message) => socket.send(JSON.stringify({ ...message, to: peerId }))
const describe = async (description) => {
  await pc.setLocalDescription(description)
  send({ type: description.type, sdp: description.sdp })
}
const offer = async () => {
  if (role === 'offer') await describe(await pc.createOffer())
}
const add = (candidate) => pc.addIceCandidate(candidate).catch(() => undefined)

pc.onicecandidate = ({ candidate }) => {
  if (!candidate?.candidate || / tcp /i.test(candidate.candidate)) return
  const { candidate: line, sdpMid, sdpMLineIndex } = candidate
  send({ type: 'candidate', candidate: { candidate: line, sdpMid, sdpMLineIndex } })
}
channel.onopen = () => channel.send('hello')
channel.onmessage = () => {
  console.log('{"event":"connected"}')
  setTimeout(() => process.exit(0), 20)
}
socket.on('message', (data) => void take(JSON.parse(data)))

async function take(message) {
  if (message.type === 'hello') {
    socket.send(
      JSON.stringify({ type: 'join', room, role: role === 'offer' ? 'offerer' : 'answerer', name: null }),
    )
  } else if (message.type === 'joined' && message.peers.length > 0) {
    peerId = message.peers[0].peerId
    await offer()
  } else if (message.type === 'peer-joined') {
    peerId = message.peer.peerId
    await offer()
  } else if (message.type === 'offer' || message.type === 'answer') {
    await pc.setRemoteDescription({ type: message.type, sdp: message.sdp })
    if (message.type === 'offer') await describe(await pc.createAnswer())
    for (const candidate of held.splice(0)) await add(candidate)
  } else if (message.type === 'candidate') {
    if (pc.remoteDescription) await add(message.candidate)
    else held.push(message.candidate)
  }
}

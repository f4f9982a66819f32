// The same bare loop on node-datachannel (libdatachannel and usrsctp), which has an event for a drained buffer.
import { PeerConnection } from 'node-datachannel'

const [role, total] = [process.argv[2], Number(process.argv[3])]
const MESSAGE_BYTES = 64 * 1024
const HIGH_WATER_BYTES = 1024 * 1024

const pc = new PeerConnection(role, { iceServers: [] })
pc.onLocalDescription((sdp, type) => process.send({ description: { sdp, type } }))
pc.onLocalCandidate((candidate, mid) => process.send({ candidate: { candidate, mid } }))
process.on('message', ({ description, candidate }) => {
  if (description) pc.setRemoteDescription(description.sdp, description.type)
  else pc.addRemoteCandidate(candidate.candidate, candidate.mid)
})
const channel =
  role === 'send'
    ? pc.createDataChannel('data', { unordered: true })
    : await new Promise((resolve) => pc.onDataChannel(resolve))

if (role === 'send') {
  channel.setBufferedAmountLowThreshold(HIGH_WATER_BYTES / 2)
  channel.onOpen(() => {
    const message = Buffer.alloc(MESSAGE_BYTES)
    let sent = 0
    const push = () => {
      while (sent < total && channel.bufferedAmount() < HIGH_WATER_BYTES) {
        channel.sendMessageBinary(message)
        sent += MESSAGE_BYTES
      }
    }
    channel.onBufferedAmountLow(push)
    push()
  })
  channel.onMessage(() => process.send({ done: true }))
} else {
  let received = 0
  let startedMs
  channel.onMessage((data) => {
    startedMs ??= performance.now()
    received += data.length
    if (received < total) return
    process.send({ durationMs: performance.now() - startedMs })
    channel.sendMessage('done')
  })
}

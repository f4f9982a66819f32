/**
 * The browser's half of chromium-peer.ts: one RTCPeerConnection that meets a webrtc-cli in a room, by the messages of
 * src/signaling/README.md and the control channel of src/session/control-message.ts. Runs in the page.
 */

const SUBPROTOCOL = 'webrtc-cli.v1'
const CONTROL = {
  label: 'webrtc-cli.control',
  init: { negotiated: true, id: 1023, protocol: 'webrtc-cli.control.v1' },
}

/** Joins a room and connects to whoever is or comes there; what is to be looked at is on the object it returns. */
async function joinRoom({ url, room, role, name, features, media }) {
  const pc = new RTCPeerConnection({ iceServers: [] })
  const peer = { pc, channels: [], tracks: [], states: [], log: [] }
  pc.addEventListener('connectionstatechange', () => peer.states.push(pc.connectionState))
  pc.addEventListener('datachannel', ({ channel }) => peer.channels.push(channel))
  pc.addEventListener('track', (event) => peer.tracks.push(play(event)))
  const control = openControl(pc, features)
  peer.connected = control.greeted
  peer.ended = control.ended
  if (media) {
    peer.stream = await navigator.mediaDevices.getUserMedia(media)
    for (const track of peer.stream.getTracks()) pc.addTrack(track, peer.stream)
  }
  const signaling = await openSignaling(url)
  followRoom(peer, signaling, { room, role, name })
  peer.leave = (reason) => {
    control.bye(reason)
    signaling.send({ type: 'leave' })
  }
  return peer
}

async function openSignaling(url) {
  const socket = new WebSocket(url, [SUBPROTOCOL])
  const listeners = []
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data)
    for (const listener of listeners) listener(message)
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error(`no signaling server at ${url}`)), { once: true })
  })
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage: (listener) => listeners.push(listener),
  }
}

/** Perfect negotiation (W3C webrtc §10.7); the answerer is polite and makes no offer before it has answered one. */
function followRoom({ pc, log }, signaling, { room, role, name }) {
  let to
  let makingOffer = false
  let ignoringOffer = false
  let mayOffer = role === 'offerer'
  const send = (message) => to && signaling.send({ ...message, to })
  const offer = async () => {
    if (!mayOffer || !to) return
    makingOffer = true
    await pc.setLocalDescription()
    send({ type: 'offer', sdp: pc.localDescription.sdp })
    makingOffer = false
  }
  const meet = async (peer) => {
    to = peer.peerId
    await offer()
  }
  const onDescription = async ({ type, sdp }) => {
    const collides = type === 'offer' && (makingOffer || pc.signalingState !== 'stable')
    ignoringOffer = role === 'offerer' && collides
    if (ignoringOffer) return
    await pc.setRemoteDescription({ type, sdp })
    if (type === 'offer') {
      await pc.setLocalDescription()
      send({ type: 'answer', sdp: pc.localDescription.sdp })
    }
    mayOffer = true
  }
  const onCandidate = async (candidate) => {
    await pc.addIceCandidate(candidate).catch((error) => {
      if (!ignoringOffer) throw error
    })
  }
  const onMessage = async (message) => {
    switch (message.type) {
      case 'joined':
        return message.peers.length > 0 && meet(message.peers[0])
      case 'peer-joined':
        return meet(message.peer)
      case 'offer':
      case 'answer':
        return onDescription(message)
      case 'candidate':
        return onCandidate(message.candidate)
      case 'error':
        throw new Error(`${message.code}: ${message.message}`)
      default:
        return undefined
    }
  }
  pc.addEventListener('negotiationneeded', () => offer().catch((error) => log.push(String(error))))
  pc.addEventListener('icecandidate', ({ candidate }) => {
    const { candidate: line, sdpMid, sdpMLineIndex } = candidate ?? {}
    if (line) send({ type: 'candidate', candidate: { candidate: line, sdpMid, sdpMLineIndex } })
    else send({ type: 'end-of-candidates' })
  })
  // Messages are applied in the order in which they come.
  let last = Promise.resolve()
  signaling.onMessage((message) => {
    last = last.then(() => onMessage(message)).catch((error) => log.push(String(error)))
  })
  signaling.send({ type: 'join', room, role, name })
}

function openControl(pc, features) {
  const channel = pc.createDataChannel(CONTROL.label, CONTROL.init)
  const tell = (message) => channel.readyState === 'open' && channel.send(JSON.stringify(message))
  const result = { bye: (reason) => tell({ type: 'bye', reason }) }
  channel.addEventListener('open', () => tell({ type: 'hello', version: 1, verb: 'browser', features }))
  result.greeted = new Promise((resolve) => {
    result.ended = new Promise((end) => {
      channel.addEventListener('message', ({ data }) => {
        const message = JSON.parse(data)
        if (message.type === 'hello') resolve(message)
        if (message.type === 'ping') tell({ type: 'pong', id: message.id })
        if (message.type === 'bye') {
          tell({ type: 'bye', reason: 'done' })
          end(message.reason)
        }
      })
    })
  })
  return result
}

/** Without an element nothing is decoded, and a sound has no energy. */
function play({ track, streams: [stream = new MediaStream([track])] }) {
  const element = document.createElement(track.kind)
  element.srcObject = stream
  element.autoplay = true
  document.body.append(element)
  return { kind: track.kind, id: track.id, element }
}

globalThis.joinRoom = joinRoom

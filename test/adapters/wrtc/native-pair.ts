import { binding, type Binding } from '../../../src/adapters/wrtc/binding.js'

/**
 * The whole binding, typed as the W3C promises it: the conformance suite pins where it is something else. Only tests
 * look at it this way; our code has types of its own in `binding.ts`.
 */
export interface RawBinding extends Pick<Binding, 'nonstandard'> {
  RTCPeerConnection: new (configuration?: object) => RTCPeerConnection
  RTCRtpSender: Pick<typeof RTCRtpSender, 'getCapabilities'>
  MediaStream: new () => MediaStream
}

export const raw: RawBinding = asRaw(binding)

export interface NativePair extends AsyncDisposable {
  left: RTCPeerConnection
  right: RTCPeerConnection
  /** What `connectionState` was at each of its events. */
  states: { left: string[]; right: string[] }
  /** Exchanges descriptions and candidates; resolves when both say `connected`. */
  connect(): Promise<void>
}

/** Two raw connections on loopback that exchange their UDP candidates. */
export function createNativePair(): NativePair {
  const left = new raw.RTCPeerConnection({ iceServers: [] })
  const right = new raw.RTCPeerConnection({ iceServers: [] })
  const states: NativePair['states'] = { left: [], right: [] }
  left.addEventListener('connectionstatechange', () => states.left.push(left.connectionState))
  right.addEventListener('connectionstatechange', () => states.right.push(right.connectionState))
  return {
    left,
    right,
    states,
    async connect() {
      await Promise.all([exchange(left, right), isConnected(left), isConnected(right)])
    },
    async [Symbol.asyncDispose]() {
      left.close()
      right.close()
    },
  }
}

/** A connected pair with one data channel from left to right, open on both sides. */
export async function openNativeChannel(init?: RTCDataChannelInit) {
  const pair = createNativePair()
  const channel = pair.left.createDataChannel('pinned', init)
  const incoming = new Promise<RTCDataChannel>((resolve) => {
    pair.right.addEventListener('datachannel', (event) => resolve(event.channel))
  })
  await pair.connect()
  if (channel.readyState !== 'open') await once(channel, 'open')
  return {
    ...pair,
    channel,
    incoming: await incoming,
    [Symbol.asyncDispose]: async () => pair[Symbol.asyncDispose](),
  }
}

/** An offer, its answer (altered on its way where asked for), and after both every UDP candidate. */
export async function exchange(
  offerer: RTCPeerConnection,
  answerer: RTCPeerConnection,
  alterAnswer: (sdp: string) => string = (sdp) => sdp,
): Promise<void> {
  const toAnswerer = holdCandidates(offerer)
  const toOfferer = holdCandidates(answerer)
  const offer = await offerer.createOffer()
  await offerer.setLocalDescription(offer)
  await answerer.setRemoteDescription(offer)
  const answer = await answerer.createAnswer()
  await answerer.setLocalDescription(answer)
  await offerer.setRemoteDescription({ type: 'answer', sdp: alterAnswer(answer.sdp ?? '') })
  toAnswerer(answerer)
  toOfferer(offerer)
}

/** Resolves with the next event of that name; `{ once: true }` is ignored by the binding. */
export function once(target: RTCDataChannel | RTCPeerConnection, name: string): Promise<Event> {
  return new Promise((resolve) => target.addEventListener(name, resolve))
}

/** All candidate lines of a connection with one data channel, once gathering is complete. */
export async function gatherCandidates(configuration: object): Promise<string[]> {
  const connection = new raw.RTCPeerConnection(configuration)
  try {
    connection.createDataChannel('gather')
    const lines: string[] = []
    const complete = new Promise<void>((resolve) => {
      connection.onicecandidate = ({ candidate }) => {
        if (candidate) lines.push(candidate.candidate)
        else resolve()
      }
    })
    await connection.setLocalDescription(await connection.createOffer())
    await complete
    return lines
  } finally {
    connection.close()
  }
}

function holdCandidates(from: RTCPeerConnection): (to: RTCPeerConnection) => void {
  let target: RTCPeerConnection | undefined
  const held: RTCIceCandidate[] = []
  from.onicecandidate = ({ candidate }) => {
    if (!candidate || / tcp /i.test(candidate.candidate)) return
    if (target) void target.addIceCandidate(candidate).catch(() => undefined) // closed by then
    else held.push(candidate)
  }
  return (to) => {
    target = to
    for (const candidate of held) void to.addIceCandidate(candidate).catch(() => undefined) // closed by then
  }
}

function isConnected(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === 'connected') resolve()
    })
  })
}

function asRaw(whole: unknown): RawBinding {
  if (isRaw(whole)) return whole
  throw new Error('The binding does not export what it is pinned for.')
}

function isRaw(whole: unknown): whole is RawBinding {
  const names = ['RTCPeerConnection', 'RTCRtpSender', 'MediaStream', 'nonstandard']
  return typeof whole === 'object' && whole !== null && names.every((name) => name in whole)
}

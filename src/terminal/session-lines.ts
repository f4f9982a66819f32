import type { CandidatePairSummary, PeerEventOf } from '../events.js'
import { formatAddress, formatCandidatePair, formatDuration, formatNumber } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'

/** Where the signaling server listens. */
export function listeningLines({ url, embedded }: PeerEventOf<'listening'>): OutputLine[] {
  return plainLines(
    'talk',
    embedded
      ? `signaling server started in this process on ${printable(url)}, for this machine only`
      : `signaling server listens on ${printable(url)}`,
  )
}

/** Where figures can be read. */
export function metricsLines({ url }: PeerEventOf<'metrics'>): OutputLine[] {
  return plainLines('talk', `metrics at ${printable(url)}`)
}

/** The room joined, and what the other side types where a code was made. */
export function roomLines({ room, peerId, role, command }: PeerEventOf<'room'>): OutputLine[] {
  return [
    ...plainLines('talk', `joined room ${printable(room)} as ${role}`),
    ...plainLines('detail', `peer id ${printable(peerId)}`),
    ...(command === undefined ? [] : plainLines('talk', `on the other side: ${printable(command)}`)),
  ]
}

/** Who came. */
export function peerJoinedLines({ name, peerId }: PeerEventOf<'peer-joined'>): OutputLine[] {
  return [
    ...plainLines('talk', `${peerName(name)} joined`),
    ...plainLines('detail', `peer id ${printable(peerId)}`),
  ]
}

/** What the signaling server saw of a leaving; what a peer says itself are its own words. */
const SEEN_LEAVING = new Map([
  ['left', ''],
  ['disconnected', ': the signaling server lost it'],
  ['timed-out', ': the signaling server hears nothing of it'],
])

/** Who left, and why; one that was never connected makes room for another. */
export function peerLeftLines(
  { name, reason }: PeerEventOf<'peer-left'>,
  { wasConnected }: { wasConnected: boolean },
): OutputLine[] {
  const why = SEEN_LEAVING.get(reason) ?? `: ${printable(reason)}`
  const left = `${peerName(name)} left${wasConnected ? '' : ' before it was connected'}${why}`
  return plainLines('talk', wasConnected ? left : `${left}; waiting for another one`)
}

/** One ICE candidate of either side. */
export function candidateLines(event: PeerEventOf<'candidate'>): OutputLine[] {
  const { side, type, protocol, address, port, relatedAddress, relatedPort, url, elapsedMs } = event
  const related = relatedAddress === null ? '' : ` from ${formatAddress(relatedAddress, relatedPort)}`
  const server = url === null ? '' : ` via ${printable(url)}`
  const transport = printable(protocol ?? '-')
  return plainLines(
    'detail',
    `${side} candidate ${type} ${transport} ${formatAddress(address, port)}${related}${server}, after ${formatDuration(elapsedMs)}`,
  )
}

/** The four states of the connection. */
export function stateLines(event: PeerEventOf<'state'>): OutputLine[] {
  const { connectionState, iceConnectionState, iceGatheringState, signalingState } = event
  return plainLines(
    'detail',
    printable(
      `connection ${connectionState}, ICE ${iceConnectionState}, gathering ${iceGatheringState}, signaling ${signalingState}`,
    ),
  )
}

/** How the peer proved who it is, and the words both sides can compare. */
export function authenticatedLines(event: PeerEventOf<'authenticated'>): OutputLine[] {
  const { auth, verifier, fingerprint } = event
  const how =
    auth === 'none'
      ? 'peer is not authenticated: whoever runs the signaling server has to be trusted'
      : `peer is authenticated by the ${auth}`
  return [
    ...plainLines('talk', how),
    ...(verifier === null ? [] : plainLines('talk', `verifier ${printable(verifier)}`)),
    ...(fingerprint === null ? [] : plainLines('detail', `fingerprint ${printable(fingerprint)}`)),
  ]
}

/** How long connecting took. */
export function connectedLines({ elapsedMs }: PeerEventOf<'connected'>): OutputLine[] {
  return plainLines('talk', `connected after ${formatDuration(elapsedMs)}`)
}

/** The path the data takes. */
export function candidatePairLines(pair: CandidatePairSummary): OutputLine[] {
  return plainLines('result', `candidate pair ${formatCandidatePair(pair)}`)
}

/** A message received; one sent is on the screen of who typed it already. */
export function chatLines({ from, text, direction }: PeerEventOf<'chat'>): OutputLine[] {
  if (direction === 'out') return plainLines('detail', `sent: ${printable(text)}`)
  return [{ to: 'result', lead: { text: peerName(from), color: 'cyan' }, text: `: ${printable(text)}` }]
}

/** What arrives on a track, as far as it is known. */
export function trackLines(event: PeerEventOf<'track'>): OutputLine[] {
  const { kind, codec, width, height, frameRate, sampleRate, channelCount } = event
  const facts = [
    codec === null ? '' : printable(codec),
    width === null || height === null ? '' : `${width}x${height}`,
    frameRate === null ? '' : `${formatNumber(frameRate)} fps`,
    sampleRate === undefined || sampleRate === null ? '' : `${sampleRate} Hz`,
    channelCount === undefined || channelCount === null ? '' : channelText(channelCount),
  ]
  return plainLines('talk', ['receives', kind, ...facts].filter((fact) => fact !== '').join(' '))
}

/** What is sent, and at its end what became of it. */
export function sourceLines(event: PeerEventOf<'source'>): OutputLine[] {
  const {
    state,
    kind,
    source,
    width,
    height,
    frameRate,
    sampleRate,
    channelCount,
    written,
    dropped,
    missed,
  } = event
  const name = printable(source)
  if (state === 'ended') return plainLines('talk', `${kind} ${name} has ended`)
  if (state === 'closed') {
    const what = kind === 'video' ? 'pictures' : 'blocks of 10 ms'
    return plainLines(
      'detail',
      `${kind} ${name}: ${written} ${what} sent, ${dropped} dropped, ${missed} missed`,
    )
  }
  const facts = [
    width === undefined || height === undefined ? '' : `${width}x${height}`,
    frameRate === undefined ? '' : `${formatNumber(frameRate)} fps`,
    sampleRate === undefined ? '' : `${sampleRate} Hz`,
    channelCount === undefined ? '' : channelText(channelCount),
  ]
  return plainLines('talk', ['sends', kind, name, ...facts].filter((fact) => fact !== '').join(' '))
}

/** What either side sends from now on, and how. */
export function trackChangeLines({ side, kind, mode, source }: PeerEventOf<'track-change'>): OutputLine[] {
  // A new source of this side is told already.
  if (side === 'local') return plainLines('talk', `${kind} is ${mode}`)
  return plainLines('talk', `peer's ${kind} is ${mode}, from ${printable(source)}`)
}

/** One checked fact: `ok   name  value`. */
export function checkLines({ name, ok, value }: PeerEventOf<'check'>): OutputLine[] {
  const lead = ok ? { text: 'ok', color: 'green' as const } : { text: 'FAIL', color: 'red' as const }
  return [{ to: 'result', lead, text: `${ok ? '  ' : ''} ${printable(name)}  ${printable(value)}` }]
}

function peerName(name: string | null): string {
  return name === null || name === '' ? 'peer' : printable(name)
}

function channelText(channelCount: number): string {
  return channelCount === 1 ? 'mono' : channelCount === 2 ? 'stereo' : `${channelCount} channels`
}

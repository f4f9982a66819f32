import { PeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import type { PeerMessage } from '../signaling/message.js'
import { allowsCandidate, parseCandidate, type Candidate, type CandidatePolicy } from './candidate.js'
import type { PeerConnectionEvent } from './ports.js'

/** What libwebrtc says for each IPv6 interface when the server has only an IPv4 address: harmless. */
const INCOMPATIBLE_ADDRESS = /address is incompatible/i

const NO_RELAY_HINT =
  'Check that the TURN server of --ice-server runs, its port, user name and password; `webrtc-cli check` says which.'

/** Reports every candidate once and remembers what is needed to say why no path was found. */
export class CandidateLog {
  readonly #configuration: RTCConfiguration
  readonly #policy: CandidatePolicy
  readonly #onEvent: ReportEvent
  readonly #seen = { local: new Set<string>(), remote: new Set<string>() }
  readonly #types = { local: new Set<string>(), remote: new Set<string>() }
  readonly #serverErrors = new Set<string>()
  #startedMs = performance.now()
  #gatheringDone = false

  constructor(configuration: RTCConfiguration, policy: CandidatePolicy, onEvent: ReportEvent) {
    this.#configuration = configuration
    this.#policy = policy
    this.#onEvent = onEvent
  }

  /** The peer is there: times count from here. */
  start(): void {
    this.#startedMs = performance.now()
  }

  onConnectionEvent(event: PeerConnectionEvent): void {
    if (event.type === 'candidate') this.#add('local', event.candidate.candidate ?? '', event.url)
    if (event.type === 'end-of-candidates') this.#gatheringDone = true
  }

  onPeerMessage(message: PeerMessage): void {
    if (message.type === 'candidate') this.#add('remote', message.candidate.candidate, null)
    if (message.type !== 'offer' && message.type !== 'answer') return
    for (const line of message.sdp.split(/\r?\n/)) {
      if (line.startsWith('a=candidate:')) this.#add('remote', line, null)
    }
  }

  onError({ url, errorCode, errorText }: Extract<PeerConnectionEvent, { type: 'candidate-error' }>): void {
    if (INCOMPATIBLE_ADDRESS.test(errorText)) return
    const text = `${url}: ${errorCode} ${errorText || '(no reason given)'}`
    if (this.#serverErrors.has(text)) return
    this.#serverErrors.add(text)
    this.#onEvent({
      event: 'warning',
      code: 'ICE_SERVER_ERROR',
      message: `The ICE server ${text}`,
      hint: hintFor(errorCode, errorText),
    })
  }

  /** With `relay` only: gathering is over and there is nothing to offer, so waiting longer is of no use. */
  relayFailure(): PeerError | undefined {
    if (this.#configuration.iceTransportPolicy !== 'relay' || !this.#gatheringDone) return undefined
    if (this.#types.local.has('relay')) return undefined
    return new PeerError(
      'ICE_FAILED',
      `No relay candidate was obtained from any TURN server.${this.#serverReasons()}`,
      { hint: NO_RELAY_HINT },
    )
  }

  /** ICE tried every pair and gave up. */
  noPath(): PeerError {
    return new PeerError('ICE_FAILED', `No path to the peer was found. ${this.#summary()}`, {
      hint: this.#hint(),
    })
  }

  /** The connect timeout passed. */
  notConnected(timeoutMs: number): PeerError {
    return new PeerError(
      'TIMED_OUT',
      `The peer is in the room, but no connection came up within ${timeoutMs / 1000} s. ${this.#summary()}`,
      { hint: this.#hint() },
    )
  }

  #add(side: 'local' | 'remote', line: string, url: string | null): void {
    const candidate = parseCandidate(line)
    if (!candidate || !allowsCandidate(this.#policy, candidate)) return
    const key = `${candidate.type} ${candidate.protocol} ${candidate.address} ${candidate.port}`
    if (this.#seen[side].has(key)) return
    this.#seen[side].add(key)
    this.#types[side].add(candidate.type)
    this.#onEvent({ event: 'candidate', side, ...described(candidate), url, elapsedMs: this.#elapsedMs() })
  }

  #elapsedMs(): number {
    return Math.round((performance.now() - this.#startedMs) * 10) / 10
  }

  #summary(): string {
    const list = (types: Set<string>) => (types.size > 0 ? Array.from(types).join(', ') : 'none')
    return `Candidates: local ${list(this.#types.local)}; remote ${list(this.#types.remote)}.${this.#serverReasons()}`
  }

  #serverReasons(): string {
    if (this.#serverErrors.size === 0) return ''
    const reasons = Array.from(this.#serverErrors, (reason) => reason.replace(/\.$/, ''))
    return ` ICE servers said: ${reasons.join('; ')}.`
  }

  #hint(): string {
    if (this.#configuration.iceTransportPolicy === 'relay' && !this.#types.local.has('relay'))
      return NO_RELAY_HINT
    if (this.#types.local.size === 0)
      return 'No local candidate was allowed: look at --candidate-types and --port-range.'
    return 'A TURN server (--ice-server turn:user:password@host) gets through where direct paths are blocked.'
  }
}

function hintFor(errorCode: number, errorText: string): string | null {
  if (errorCode === 401) return 'Check the user name and the password in --ice-server.'
  // Of a certificate the text says what to do, and no other interface helps.
  if (errorCode !== 701 || errorText.includes('--ca')) return null
  return '701 is one network interface without a path to the server, and not fatal while another has one; `webrtc-cli check` says more.'
}

function described({ type, protocol, address, port, relatedAddress, relatedPort, priority }: Candidate) {
  return { type, protocol, address: address || null, port, relatedAddress, relatedPort, priority }
}

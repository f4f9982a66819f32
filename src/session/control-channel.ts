import { aborted } from '../async/abortable.js'
import { withTimeout } from '../async/delay.js'
import { PeerError, toPeerError } from '../errors.js'
import {
  parseControlMessage,
  type ConnectionMessage,
  type ControlHello,
  type ControlMessage,
  type MediaAnnouncement,
} from './control-message.js'
import { LivenessMonitor, PING_INTERVAL_MS, type Liveness } from './liveness.js'
import type { DataChannel } from './ports.js'
import { RoundTripMeter, type PeerClock } from './round-trip.js'

/** How long a leaving side waits for the peer's own bye, so that the bye is not lost with the connection. */
const BYE_TIMEOUT_MS = 500

/** Each answer sends the next of these at once: the first meets two busy processes, and clocks want a quiet moment. */
const FIRST_PINGS = 8

/** What the control channel has to say to its session. */
export type ControlEvent =
  | { type: 'hello'; hello: ControlHello }
  /** What is sent differs from what was announced before. */
  | { type: 'media'; media: MediaAnnouncement; before: MediaAnnouncement }
  | { type: 'connection'; message: ConnectionMessage }
  /** `answered` says that it is the answer to a bye of this side. */
  | { type: 'bye'; reason: string; answered: boolean }
  /** Told when the state changes. */
  | { type: 'liveness'; liveness: Liveness }
  /** The channel closed without a bye, or what came on it was not in order. */
  | { type: 'lost'; error: PeerError }

/**
 * What two sessions tell each other without the server: hello, pings with their answers, and bye. From the hello on
 * the peer is asked every second whether it is there, until `stop`.
 */
export class ControlChannel {
  readonly #channel: DataChannel
  readonly #onEvent: (event: ControlEvent) => void
  readonly #liveness = new LivenessMonitor(performance.now())
  readonly #roundTrip = new RoundTripMeter()
  readonly #lifetime = new AbortController()
  #state: Liveness['state'] = 'alive'
  #pings = 0
  #pingTimer: ReturnType<typeof setInterval> | undefined
  #heardBye = false
  #bye: Promise<void> | undefined
  #peerMedia: MediaAnnouncement | null = null

  constructor(channel: DataChannel, onEvent: (event: ControlEvent) => void) {
    this.#channel = channel
    this.#onEvent = onEvent
  }

  get roundTripTimeMs(): number | null {
    return this.#roundTrip.milliseconds
  }

  get peerClock(): PeerClock | null {
    return this.#roundTrip.peerClock
  }

  get peerMedia(): MediaAnnouncement | null {
    return this.#peerMedia
  }

  /** Whether the peer answered lately. */
  get alive(): boolean {
    return this.#state === 'alive'
  }

  /** Says hello and listens until the channel closes or `stop` is called; never rejects. */
  async run(hello: Omit<ControlHello, 'type' | 'version'>): Promise<void> {
    try {
      await this.#channel.opened
      await this.#tell({ type: 'hello', version: 1, ...hello })
      this.#startPinging()
      for await (const raw of this.#channel.messages()) this.#onMessage(parseControlMessage(raw))
      this.#onEvent({ type: 'lost', error: closedWithoutBye() })
    } catch (error) {
      this.#onEvent({ type: 'lost', error: toPeerError(error) })
    }
  }

  announceMedia(media: MediaAnnouncement): void {
    this.#tellIfThere({ type: 'media', ...media })
  }

  /** Resolves when it is on its way; a lost peer is noticed by silence. */
  sendConnectionMessage(message: ConnectionMessage): Promise<void> {
    return this.#tell(message)
  }

  /** Something outside says that the peer left: its silence is final soon. */
  seenLeaving(): void {
    this.#liveness.seenLeaving(performance.now())
  }

  /** Something outside says that the peer is back. */
  seenAgain(): void {
    this.#liveness.seenAgain()
  }

  /** Said once, with the first reason; whoever leaves too waits for the same answer. Never rejects. */
  sayBye(reason: string): Promise<void> {
    return (this.#bye ??= this.#exchangeBye(reason))
  }

  /** The session is over: no more pings, and no answer to wait for. */
  stop(): void {
    clearInterval(this.#pingTimer)
    this.#lifetime.abort()
  }

  #onMessage(message: ControlMessage | undefined): void {
    this.#liveness.heard(performance.now())
    if (!message) return
    switch (message.type) {
      case 'hello':
        return this.#onEvent({ type: 'hello', hello: message })
      case 'ping':
        return this.#tellIfThere({ type: 'pong', id: message.id, timeMs: performance.now() })
      case 'pong':
        this.#roundTrip.answered(message.id, performance.now(), message.timeMs)
        return this.#pings < FIRST_PINGS ? this.#ping() : undefined
      case 'media':
        return this.#onMedia(message)
      case 'connection':
      case 'connection-end':
        return this.#onEvent({ type: 'connection', message })
      case 'bye':
        return this.#onBye(message.reason)
      default:
        return message satisfies never
    }
  }

  #onMedia(media: MediaAnnouncement): void {
    const before = this.#peerMedia
    this.#peerMedia = media
    if (before) this.#onEvent({ type: 'media', media, before })
  }

  #onBye(reason: string): void {
    this.#heardBye = true
    this.#onEvent({ type: 'bye', reason, answered: this.#bye !== undefined })
    // At once: later the peer may be closing, and the binding does not survive a send into that.
    void this.sayBye(reason)
  }

  #startPinging(): void {
    if (this.#lifetime.signal.aborted) return
    this.#liveness.heard(performance.now())
    this.#ping()
    this.#pingTimer = setInterval(() => this.#tick(), PING_INTERVAL_MS)
  }

  #ping(): void {
    const id = this.#pings++
    this.#roundTrip.sent(id, performance.now())
    this.#tellIfThere({ type: 'ping', id })
  }

  #tick(): void {
    this.#ping()
    const liveness = this.#liveness.tick(performance.now())
    if (liveness.state === this.#state) return
    this.#state = liveness.state
    this.#onEvent({ type: 'liveness', liveness })
  }

  async #exchangeBye(reason: string): Promise<void> {
    const heardBye = this.#heardBye
    try {
      await this.#tell({ type: 'bye', reason })
      const answered = Promise.race([aborted(this.#lifetime.signal), this.#channel.closed])
      // Even to a bye there is an answer to wait for: closing at once would drop it unsent.
      if (heardBye) await withTimeout(this.#channel.closed, BYE_TIMEOUT_MS, () => new Error('no close'))
      else await withTimeout(answered, BYE_TIMEOUT_MS, () => new Error('no bye'))
    } catch {
      // The peer is gone already or does not answer: leaving needs nobody's consent.
    }
  }

  #tellIfThere(message: ControlMessage): void {
    void this.#tell(message).catch(() => undefined) // a lost peer is noticed by silence
  }

  /**
   * After a bye nothing follows: the peer closes when it has heard it, and the binding does not survive a send into a
   * channel that is being closed by the other side.
   */
  async #tell(message: ControlMessage): Promise<void> {
    if (this.#bye && message.type !== 'bye') return
    await this.#channel.send(JSON.stringify(message))
  }
}

function closedWithoutBye(): PeerError {
  return new PeerError('PEER_LOST', 'The peer closed the connection without saying bye.')
}

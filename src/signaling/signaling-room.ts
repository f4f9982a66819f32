import type { AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import { delay, withTimeout } from '../async/delay.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import { warningOf } from '../events/outcome-events.js'
import { backoffMs } from './backoff.js'
import { wasRefused, type EnteredRoom } from './enter-room.js'
import type { PeerMessage, RoomPeer, ServerMessage } from './message.js'
import type { Room, RoomEvent } from './room.js'
import { fromServerError } from './server-error.js'

const RECONNECT_FIRST_MS = 200
const RECONNECT_MAX_MS = 10_000

/** Joined for this long, a connection was a good one: the next loss starts from the shortest backoff again. */
const STABLE_AFTER_MS = 10_000

/** A `leave` that the network does not take is not waited for: closing the socket says the same. */
const LEAVE_TIMEOUT_MS = 250

/** Opens a connection and joins the room on it, the first time and whenever the server was lost. */
export type Enter = (signal: AbortSignal) => Promise<EnteredRoom>

type Connection = { state: 'joined'; entered: EnteredRoom } | { state: 'away'; error: PeerError }

export interface SignalingRoomOptions {
  enter: Enter
  lifetime: AbortController
  onEvent: ReportEvent | undefined
}

/** A room joined on one connection, and joined again on another whenever the server was gone. */
export class SignalingRoom implements Room {
  readonly name: string
  readonly #enter: Enter
  readonly #lifetime: AbortController
  readonly #onEvent: ReportEvent | undefined
  readonly #events = new AsyncQueue<RoomEvent>()
  readonly #peers = new Map<string, RoomPeer>()
  readonly #running: Promise<void>
  #connection: Connection
  #lastJoined: EnteredRoom['joined']
  #leaving: Promise<void> | undefined

  constructor(name: string, entered: EnteredRoom, { enter, lifetime, onEvent }: SignalingRoomOptions) {
    this.name = name
    this.#enter = enter
    this.#lifetime = lifetime
    this.#onEvent = onEvent
    this.#connection = { state: 'joined', entered }
    this.#lastJoined = entered.joined
    // Never rejects; disposal waits for it.
    this.#running = this.#run(entered)
  }

  get peerId(): string {
    return this.#lastJoined.peerId
  }

  get iceServers(): RTCIceServer[] {
    return this.#lastJoined.iceServers
  }

  get peers(): readonly RoomPeer[] {
    return [...this.#peers.values()]
  }

  async send(to: string, message: PeerMessage, options: AbortOptions = {}): Promise<void> {
    if (this.#connection.state === 'away') {
      const { error } = this.#connection
      throw new PeerError('SIGNALING_LOST', `Cannot send "${message.type}" to the peer: ${error.message}`, {
        cause: error,
      })
    }
    await this.#connection.entered.channel.send({ ...message, to }, options)
  }

  events(options: AbortOptions = {}): AsyncIterable<RoomEvent> {
    return this.#events.read(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#leaving ??= this.#leave()
    return this.#leaving
  }

  async #leave(): Promise<void> {
    const connection = this.#connection
    const error = new PeerError('SIGNALING_LOST', `Room "${this.name}" was left.`)
    this.#connection = { state: 'away', error }
    this.#lifetime.abort(error)
    this.#events.end()
    if (connection.state === 'joined') {
      const { channel } = connection.entered
      // Closing the socket says the same, so a `leave` that cannot be sent is no failure.
      await withTimeout(channel.send({ type: 'leave' }), LEAVE_TIMEOUT_MS, () => error).catch(() => undefined)
      await channel[Symbol.asyncDispose]()
    }
    await this.#running
  }

  async #run(first: EnteredRoom): Promise<void> {
    const { signal } = this.#lifetime
    let failures = 0
    let entered = first
    for (;;) {
      const joinedAt = performance.now()
      this.#adopt(entered)
      const error = await this.#follow(entered)
      if (signal.aborted) return

      this.#connection = { state: 'away', error }
      this.#events.push({ type: 'lost', error })
      await entered.channel[Symbol.asyncDispose]()
      if (performance.now() - joinedAt >= STABLE_AFTER_MS) failures = 0
      try {
        ;[entered, failures] = await this.#reconnect(failures)
      } catch {
        return // Left while reconnecting; every other failure is an event.
      }
      if (signal.aborted) return entered.channel[Symbol.asyncDispose]()
    }
  }

  #adopt(entered: EnteredRoom): void {
    const { peerId, peers } = entered.joined
    this.#connection = { state: 'joined', entered }
    this.#lastJoined = entered.joined
    this.#peers.clear()
    for (const peer of peers) this.#peers.set(peer.peerId, peer)
    this.#events.push({ type: 'joined', peerId, peers })
  }

  /** Takes what the server says until it says no more; resolves with why. */
  async #follow({ channel, messages }: EnteredRoom): Promise<PeerError> {
    let complaint: PeerError | undefined
    try {
      for (;;) {
        const next = await messages.next()
        // What the server says last before it hangs up is why it does.
        if (next.done) return complaint ?? (await channel.closed)
        if (complaint) this.#onEvent?.(warningOf(complaint))
        const message = next.value
        complaint = message.type === 'error' ? fromServerError(message, channel.url, this.name) : undefined
        // A message that crossed with the peer's leaving; `peer-left` has told already.
        if (complaint?.code === 'PEER_LOST') complaint = undefined
        this.#take(message)
      }
    } catch (error) {
      return toPeerError(error)
    }
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'peer-joined':
        this.#peers.set(message.peer.peerId, message.peer)
        this.#events.push(message)
        return
      case 'peer-left':
        if (this.#peers.delete(message.peerId)) this.#events.push(message)
        return
      case 'offer':
      case 'answer':
      case 'candidate':
      case 'end-of-candidates':
      case 'bye': {
        const { from, ...peerMessage } = message
        if (this.#peers.has(from)) this.#events.push({ type: 'message', from, message: peerMessage })
        return
      }
      case 'hello':
      case 'joined':
      case 'error':
      case 'pong':
        return
      default:
        message satisfies never
    }
  }

  async #reconnect(failuresBefore: number): Promise<[entered: EnteredRoom, failures: number]> {
    const { signal } = this.#lifetime
    for (let failures = failuresBefore; ; failures += 1) {
      await delay(backoffMs(failures, RECONNECT_FIRST_MS, RECONNECT_MAX_MS), { signal })
      try {
        return [await this.#enter(signal), failures + 1]
      } catch (error) {
        signal.throwIfAborted()
        this.#events.push({ type: 'unreachable', error: toPeerError(error), refused: wasRefused(error) })
      }
    }
  }
}

import { abortable, type AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import { deferred } from '../async/deferred.js'
import { withTimeout } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { PeerMessage, Role } from '../signaling/message.js'
import { beginConnection, type BegunConnection, type ConnectionOrigin } from './begin-connection.js'
import type { ConnectionMessage } from './control-message.js'
import type { PeerConnection, PeerConnectionStates } from './ports.js'
import type { ConnectionSignaling } from './session.js'

/** So many of the peer's may be open at the same time: one in use, and those that are being closed. */
const MAX_INCOMING = 4

/** Descriptions and candidates of one connection until it is connected, ICE restarts included. */
const MAX_MESSAGES = 256

/** How long it may take until it is connected, and until it is again. */
const UNCONNECTED_TIMEOUT_MS = 30_000

/** How long the peer's word that it has stopped sending is waited for. */
const END_TIMEOUT_MS = 500

const NOT_NEEDED = 'it is not needed any more'

/** A connection beside that of the session; disposing it tells the peer and closes when neither side sends any more. */
export interface SideConnection<Channels> extends AsyncDisposable {
  channels: Channels
  /** Aborts when it cannot be used any more: the peer ended it, its path is gone, or the session has ended. */
  signal: AbortSignal
}

export interface SideConnectionsOptions<Channels> extends ConnectionOrigin {
  /** Makes the negotiated channels, the same on both sides. */
  createChannels: (connection: PeerConnection) => Channels
}

/**
 * Further connections between two sessions, set up over their control channel: either side opens them, and takes those
 * that the other opens.
 */
export class SideConnections<Channels> implements AsyncDisposable {
  readonly #session: ConnectionSignaling
  readonly #options: SideConnectionsOptions<Channels>
  readonly #open = { offerer: new Map<number, Side<Channels>>(), answerer: new Map<number, Side<Channels>>() }
  readonly #incoming = new AsyncQueue<SideConnection<Channels>>()
  #lastId = { offerer: 0, answerer: 0 }
  #isClosed = false

  constructor(session: ConnectionSignaling, options: SideConnectionsOptions<Channels>) {
    this.#session = session
    this.#options = options
    void this.#follow() // never rejects
  }

  /** Begins one; what is sent on its channels waits until it is connected. */
  open(): SideConnection<Channels> {
    return this.#begin('offerer', ++this.#lastId.offerer)
  }

  /** Those that the peer begins, until the session ends. */
  incoming(options?: AbortOptions): AsyncIterable<SideConnection<Channels>> {
    return this.#incoming.read(options)
  }

  /** Closes all of them, and takes no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#incoming.end()
    const all = [...this.#open.offerer.values(), ...this.#open.answerer.values()]
    await Promise.all(all.map((side) => side[Symbol.asyncDispose]()))
  }

  async #follow(): Promise<void> {
    for await (const message of this.#session.connectionMessages()) this.#take(message)
    this.#incoming.end()
  }

  #take(message: ConnectionMessage): void {
    // What the peer offers, this side answers.
    const role = message.role === 'offerer' ? 'answerer' : 'offerer'
    const known = this.#open[role].get(message.id)
    if (message.type === 'connection-end') known?.onEnd(message.reason)
    else if (known) known.onMessage(message.message)
    else if (role === 'answerer' && message.message.type === 'offer')
      this.#answer(message.id, message.message)
    // Anything else is late: what it belongs to is closed.
  }

  #answer(id: number, offer: PeerMessage): void {
    if (id <= this.#lastId.answerer) return
    this.#lastId.answerer = id
    if (this.#isClosed) return this.#refuse(id, 'the other side is leaving')
    if (this.#open.answerer.size >= MAX_INCOMING)
      return this.#refuse(id, `more than ${MAX_INCOMING} connections at once`)
    try {
      const side = this.#begin('answerer', id)
      side.onMessage(offer)
      this.#incoming.push(side)
    } catch {
      this.#refuse(id, 'it cannot be opened')
    }
  }

  #refuse(id: number, reason: string): void {
    void this.#session.sendConnectionMessage({ type: 'connection-end', id, role: 'answerer', reason }) // never rejects
  }

  #begin(role: Role, id: number): Side<Channels> {
    const open = this.#open[role]
    const side = new Side(role, id, {
      ...this.#options,
      session: this.#session,
      onClosed: () => open.delete(id),
    })
    open.set(id, side)
    return side
  }
}

interface SideOptions<Channels> extends SideConnectionsOptions<Channels> {
  session: ConnectionSignaling
  onClosed: () => void
}

/** One end of a side connection. */
class Side<Channels> implements SideConnection<Channels> {
  readonly #role: Role
  readonly #id: number
  readonly #options: SideOptions<Channels>
  readonly #begun: BegunConnection<Channels>
  readonly #lost = new AbortController()
  readonly #peerEnded = deferred()
  readonly signal: AbortSignal
  #unconnected: ReturnType<typeof setTimeout> | undefined
  #messages = 0
  #closing: Promise<void> | undefined

  constructor(role: Role, id: number, options: SideOptions<Channels>) {
    const { session } = options
    this.#role = role
    this.#id = id
    this.#options = options
    this.signal = AbortSignal.any([session.signal, this.#lost.signal])
    this.#begun = beginConnection(role, {
      ...options,
      send: (message) => session.sendConnectionMessage({ type: 'connection', id, role, message }),
      onStates: (states) => this.#onStates(states),
      signal: this.signal,
    })
    this.#awaitConnected()
  }

  get channels(): Channels {
    return this.#begun.channels
  }

  onMessage(message: PeerMessage): void {
    if (++this.#messages <= MAX_MESSAGES) return this.#begun.onMessage(message)
    this.#lose(
      new PeerError('PROTOCOL_VIOLATION', 'The peer does not come to an end of setting up a connection.'),
    )
  }

  onEnd(reason: string): void {
    this.#peerEnded.resolve()
    this.#lose(new PeerError('PEER_CANCELLED', `The peer closed the connection: ${reason}.`))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    const { session, onClosed } = this.#options
    clearTimeout(this.#unconnected)
    await session.sendConnectionMessage({
      type: 'connection-end',
      id: this.#id,
      role: this.#role,
      reason: NOT_NEEDED,
    })
    // The binding does not survive a send into what the other side is closing.
    const ended = abortable(this.#peerEnded.promise, session.signal)
    await withTimeout(ended, END_TIMEOUT_MS, () => new Error('not heard')).catch(() => undefined)
    this.#lose(new PeerError('PEER_LOST', 'The connection is closed.'))
    await this.#begun[Symbol.asyncDispose]()
    onClosed()
  }

  #onStates({ connectionState }: PeerConnectionStates): void {
    if (connectionState === 'connected') {
      clearTimeout(this.#unconnected)
      this.#unconnected = undefined
      this.#messages = 0
    }
    if (connectionState !== 'disconnected' && connectionState !== 'failed') return
    this.#awaitConnected()
    if (this.#role === 'offerer') this.#begun.restartIce()
  }

  #awaitConnected(): void {
    if (this.#closing || this.signal.aborted) return
    this.#unconnected ??= setTimeout(() => this.#lose(notConnected()), UNCONNECTED_TIMEOUT_MS)
  }

  /** First reason wins. */
  #lose(error: PeerError): void {
    clearTimeout(this.#unconnected)
    this.#lost.abort(error)
  }
}

function notConnected(): PeerError {
  return new PeerError(
    'ICE_FAILED',
    `A further connection has had no path for ${UNCONNECTED_TIMEOUT_MS / 1000} s.`,
    {
      hint: 'The session goes on; try again.',
    },
  )
}

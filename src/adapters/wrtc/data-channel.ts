import { abortable, type AbortOptions } from '../../async/abortable.js'
import { AsyncQueue } from '../../async/async-queue.js'
import { deferred } from '../../async/deferred.js'
import { delay } from '../../async/delay.js'
import { PeerError } from '../../errors.js'
import type { DataChannel, Message } from '../../session/ports.js'
import type { NativeDataChannel } from './binding.js'

/** libwebrtc queues at most 16 MiB per channel and silently drops the rest; 1 MiB keeps the link busy and memory flat. */
const HIGH_WATER_BYTES = 1024 * 1024

/** There is no bufferedamountlow event in the binding; 2 ms is about 200 KiB at 100 MB/s. */
const POLL_MS = 2

/** A peer that sends faster than its messages are read, without the flow control of the protocol it speaks, is cut off here. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024
const MAX_QUEUED_MESSAGES = 65_536

/** What the binding reports for a limit that is not set. */
const UNSET_LIMIT = 65_535

export interface WrtcDataChannelOptions {
  maxMessageSize: () => number
  /** Called once, before the message can be read. */
  onFirstMessage?: () => void
}

/** The only caller of the native `send`: nothing is dropped at 16 MiB, nothing above maxMessageSize closes the channel. */
export class WrtcDataChannel implements DataChannel {
  readonly label: string
  readonly protocol: string
  readonly ordered: boolean
  readonly maxRetransmits: number | null
  readonly maxPacketLifeTime: number | null
  readonly opened: Promise<void>
  readonly closed: Promise<void>

  readonly #native: NativeDataChannel
  readonly #maxMessageSize: () => number
  #onFirstMessage: (() => void) | undefined
  readonly #incoming = new AsyncQueue<Message>()
  readonly #opening = deferred()
  readonly #closing = deferred()
  #state: 'connecting' | 'open' | 'closed' = 'connecting'
  /** Upper bound of the native bufferedAmount: exact at the last poll, plus what was sent since. */
  #bufferedBytes = 0
  #queuedBytes = 0
  #lastWaiting: Promise<void> | undefined

  /** Attaches every handler synchronously: a message that arrives before `onmessage` is set is lost for ever. */
  constructor(native: NativeDataChannel, { maxMessageSize, onFirstMessage }: WrtcDataChannelOptions) {
    this.#native = native
    this.#maxMessageSize = maxMessageSize
    this.#onFirstMessage = onFirstMessage
    this.label = native.label
    this.protocol = native.protocol
    this.ordered = native.ordered
    this.maxRetransmits = limitOrNull(native.maxRetransmits)
    this.maxPacketLifeTime = limitOrNull(native.maxPacketLifeTime)
    this.opened = this.#opening.promise
    this.closed = this.#closing.promise
    this.opened.catch(() => undefined)

    native.binaryType = 'arraybuffer'
    native.onopen = () => this.#open()
    native.onmessage = ({ data }) => this.#receive(data)
    native.onclose = () => this.connectionClosed()
    if (native.readyState === 'open') this.#open()
  }

  get maxMessageSize(): number {
    return this.#maxMessageSize()
  }

  get bufferedAmount(): number {
    return this.#state === 'open' ? this.#native.bufferedAmount : 0
  }

  async send(message: Message, { signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const bytes = messageBytes(message)
    if (this.#state === 'open' && !this.#lastWaiting) {
      this.#rejectOversized(bytes)
      if (this.#hasRoomFor(bytes)) return this.#sendNow(message, bytes)
    }
    // One at a time and in the order of the calls, so that nothing overtakes what waits to open or for room.
    const turn = (this.#lastWaiting ?? Promise.resolve()).then(() => this.#sendInTurn(message, bytes, signal))
    const settled = turn.catch(() => undefined)
    this.#lastWaiting = settled
    void settled.then(() => {
      if (this.#lastWaiting === settled) this.#lastWaiting = undefined
    })
    await abortable(turn, signal)
  }

  async *messages({ signal }: AbortOptions = {}): AsyncGenerator<Message, void, undefined> {
    for await (const message of this.#incoming.read({ signal })) {
      this.#queuedBytes -= messageBytes(message)
      yield message
    }
  }

  /** The binding's own event comes turns after its connection was closed here, so the connection says it at once. */
  connectionClosed(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#incoming.end()
    this.#opening.reject(this.#lost())
    this.#closing.resolve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return
    try {
      this.#native.close()
    } finally {
      this.connectionClosed()
    }
  }

  #open(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'open'
    this.#opening.resolve()
  }

  #receive(data: string | ArrayBuffer): void {
    if (this.#state === 'closed') return
    // A message can overtake the open event; the channel is open as soon as it carries something.
    this.#open()
    this.#onFirstMessage?.()
    this.#onFirstMessage = undefined
    const message = typeof data === 'string' ? data : new Uint8Array(data)
    this.#queuedBytes += messageBytes(message)
    this.#incoming.push(message)
    if (this.#queuedBytes > MAX_QUEUED_BYTES || this.#incoming.size > MAX_QUEUED_MESSAGES) {
      this.#incoming.fail(
        new PeerError(
          'PROTOCOL_VIOLATION',
          `The peer sent more on channel "${this.label}" than can be queued (${this.#queuedBytes} bytes unread).`,
        ),
      )
      void this[Symbol.asyncDispose]() // never rejects; the failure above reaches the reader
    }
  }

  #hasRoomFor(bytes: number): boolean {
    if (this.#bufferedBytes + bytes <= HIGH_WATER_BYTES) return true
    // The getter is a blocking hop to another thread (20 us), so it is read only when the own count is used up.
    this.#bufferedBytes = this.#native.bufferedAmount
    return this.#bufferedBytes === 0 || this.#bufferedBytes + bytes <= HIGH_WATER_BYTES
  }

  async #sendInTurn(message: Message, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    // What the peer takes is known from its description, which comes before the channel opens.
    await abortable(this.opened, signal)
    this.#rejectOversized(bytes)
    while (this.#state === 'open' && !this.#hasRoomFor(bytes)) await delay(POLL_MS, { signal })
    this.#sendNow(message, bytes)
  }

  #sendNow(message: Message, bytes: number): void {
    if (this.#state === 'closed') throw this.#lost()
    try {
      this.#native.send(message)
    } catch (cause) {
      throw this.#lost(cause)
    }
    this.#bufferedBytes += bytes
  }

  #rejectOversized(bytes: number): void {
    if (bytes <= this.maxMessageSize) return
    throw new PeerError(
      'MESSAGE_TOO_LARGE',
      `A message of ${bytes} bytes is above the ${this.maxMessageSize} bytes the peer takes on channel "${this.label}".`,
      { hint: 'Split it into smaller messages.' },
    )
  }

  #lost(cause?: unknown): PeerError {
    return new PeerError('PEER_LOST', `The data channel "${this.label}" is closed.`, { cause })
  }
}

function limitOrNull(limit: number): number | null {
  return limit === UNSET_LIMIT ? null : limit
}

function messageBytes(message: Message): number {
  return typeof message === 'string' ? utf8Bytes(message) : message.byteLength
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

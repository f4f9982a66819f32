import { abortable, type AbortOptions } from '../../src/async/abortable.js'
import { AsyncQueue } from '../../src/async/async-queue.js'
import { deferred } from '../../src/async/deferred.js'
import { PeerError } from '../../src/errors.js'
import type { DataChannel, Message } from '../../src/session/ports.js'

export interface MemoryDataChannelOptions {
  label?: string
  protocol?: string
  ordered?: boolean
  maxRetransmits?: number | null
  maxPacketLifeTime?: number | null
  /** What each side takes, in bytes. */
  maxMessageSize?: number
  /** False leaves both channels connecting until `open()`. */
  open?: boolean
  /**
   * Sees each message on its way and says what arrives instead of it: none, another one, several. With it a test
   * plays a link that loses messages, or a peer that says what no honest one would.
   */
  alter?: (message: Message, from: 'left' | 'right') => readonly Message[]
}

export interface MemoryDataChannelPair extends AsyncDisposable {
  readonly left: DataChannel
  readonly right: DataChannel
  open(): void
  /** Both channels close as when a connection is lost: what is on its way is gone. */
  cut(): void
}

/** What the binding's channel does too: so much is taken at once, the rest waits. */
const HIGH_WATER_BYTES = 1024 * 1024
const MAX_QUEUED_BYTES = 32 * 1024 * 1024

/** Arrives in one turn of the event loop, so that sender and reader alternate as over a network. */
const BYTES_PER_TURN = 64 * 1024

/** Taken before a test can replace it: a channel delivers under fake timers as well. */
const { setImmediate: nextTurn } = globalThis

/**
 * Two ends of a data channel without a connection. Keeps what the port promises and nothing more: what was sent but
 * has not arrived when either end closes is lost, as with the real one.
 */
export function createMemoryDataChannelPair(options: MemoryDataChannelOptions = {}): MemoryDataChannelPair {
  const { alter = (message) => [message], open = true } = options
  const left = new MemoryDataChannel(options, (message) => alter(message, 'left'))
  const right = new MemoryDataChannel(options, (message) => alter(message, 'right'))
  left.connectTo(right)
  right.connectTo(left)
  const pair: MemoryDataChannelPair = {
    left,
    right,
    open() {
      left.open()
      right.open()
    },
    cut() {
      left.close()
      right.close()
    },
    async [Symbol.asyncDispose]() {
      pair.cut()
    },
  }
  if (open) pair.open()
  return pair
}

interface Waiting {
  message: Message
  resolve: () => void
  reject: (reason: unknown) => void
}

class MemoryDataChannel implements DataChannel {
  readonly label: string
  readonly protocol: string
  readonly ordered: boolean
  readonly maxRetransmits: number | null
  readonly maxPacketLifeTime: number | null
  readonly maxMessageSize: number
  readonly opened: Promise<void>
  readonly closed: Promise<void>

  readonly #alter: (message: Message) => readonly Message[]
  readonly #incoming = new AsyncQueue<Message>()
  readonly #opening = deferred()
  readonly #closing = deferred()
  #other: MemoryDataChannel | undefined
  #state: 'connecting' | 'open' | 'closed' = 'connecting'
  /** Not yet taken from their senders, in the order of the calls. */
  #waiting: Waiting[] = []
  #onTheirWay: Message[] = []
  #bytesOnTheirWay = 0
  #unreadBytes = 0
  #delivering = false

  constructor(options: MemoryDataChannelOptions, alter: (message: Message) => readonly Message[]) {
    this.label = options.label ?? 'memory'
    this.protocol = options.protocol ?? ''
    this.ordered = options.ordered ?? true
    this.maxRetransmits = options.maxRetransmits ?? null
    this.maxPacketLifeTime = options.maxPacketLifeTime ?? null
    this.maxMessageSize = options.maxMessageSize ?? 262_144
    this.#alter = alter
    this.opened = this.#opening.promise
    this.closed = this.#closing.promise
    this.opened.catch(() => undefined)
  }

  get bufferedAmount(): number {
    return this.#bytesOnTheirWay
  }

  connectTo(other: MemoryDataChannel): void {
    this.#other = other
  }

  open(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'open'
    this.#opening.resolve()
    this.#takeWaiting()
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    for (const { reject } of this.#waiting) reject(this.#lost())
    this.#waiting = []
    this.#onTheirWay = []
    this.#incoming.end()
    this.#opening.reject(this.#lost())
    this.#closing.resolve()
    nextTurn(() => this.#other?.close())
  }

  async send(message: Message, { signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    if (this.#state === 'closed') throw this.#lost()
    if (bytesOf(message) > this.maxMessageSize) throw this.#tooLarge(message)
    const taken = deferred()
    const waiting: Waiting = { message, resolve: taken.resolve, reject: taken.reject }
    this.#waiting.push(waiting)
    this.#takeWaiting()
    try {
      await abortable(taken.promise, signal)
    } finally {
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
    }
  }

  async *messages({ signal }: AbortOptions = {}): AsyncGenerator<Message, void, undefined> {
    for await (const message of this.#incoming.read({ signal })) {
      this.#unreadBytes -= bytesOf(message)
      yield message
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #takeWaiting(): void {
    while (this.#state === 'open') {
      const [next] = this.#waiting
      if (!next) return
      const bytes = bytesOf(next.message)
      if (this.#bytesOnTheirWay > 0 && this.#bytesOnTheirWay + bytes > HIGH_WATER_BYTES) return
      this.#waiting.shift()
      this.#onTheirWay.push(copyOf(next.message))
      this.#bytesOnTheirWay += bytes
      next.resolve()
      this.#deliverLater()
    }
  }

  #deliverLater(): void {
    if (this.#delivering) return
    this.#delivering = true
    nextTurn(() => {
      this.#delivering = false
      this.#deliver()
      this.#takeWaiting()
      if (this.#onTheirWay.length > 0) this.#deliverLater()
    })
  }

  #deliver(): void {
    for (let bytes = 0; bytes < BYTES_PER_TURN;) {
      const message = this.#onTheirWay.shift()
      if (message === undefined) return
      bytes += bytesOf(message)
      this.#bytesOnTheirWay -= bytesOf(message)
      for (const arriving of this.#alter(message)) this.#other?.receive(arriving)
    }
  }

  receive(message: Message): void {
    if (this.#state === 'closed') return
    this.#unreadBytes += bytesOf(message)
    this.#incoming.push(message)
    if (this.#unreadBytes <= MAX_QUEUED_BYTES) return
    this.#incoming.fail(
      new PeerError(
        'PROTOCOL_VIOLATION',
        `The peer sent more on channel "${this.label}" than can be queued.`,
      ),
    )
    this.close()
  }

  #tooLarge(message: Message): PeerError {
    return new PeerError(
      'MESSAGE_TOO_LARGE',
      `A message of ${bytesOf(message)} bytes is above the ${this.maxMessageSize} bytes of "${this.label}".`,
    )
  }

  #lost(): PeerError {
    return new PeerError('PEER_LOST', `The data channel "${this.label}" is closed.`)
  }
}

function bytesOf(message: Message): number {
  return typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength
}

/** As it comes out of UTF-8 or of the other side's memory: a lone surrogate is replaced, bytes are the reader's own. */
function copyOf(message: Message): Message {
  return typeof message === 'string' ? Buffer.from(message).toString() : Uint8Array.from(message)
}

import { delay } from '../../src/async/delay.js'
import { createPeerConnection } from '../../src/adapters/wrtc/index.js'
import type { CreatePeerConnection, DataChannel, Message, PeerConnection } from '../../src/session/ports.js'

/** An end that has heard nothing for so long has nothing on its way from the other. */
const QUIET_MS = 300

/** What happens to the frames of one association. */
export type Trouble =
  /** Its connection is closed, as by a device that lost its address. */
  | 'closed'
  /** Everything is taken and nothing arrives, without an error. */
  | 'frozen'
  /** A frame a second arrives. */
  | 'starved'

export interface TroubledConnections {
  createPeerConnection: CreatePeerConnection
  /** Bytes of all frames handed to any association. */
  readonly sentBytes: number
  /** Brings trouble to the association that carries frames now. */
  trouble(kind: Trouble): Promise<void>
}

/** Real connections whose data channels can be brought into trouble; made for the sender's side. */
export function createTroubledConnections(): TroubledConnections {
  let sentBytes = 0
  let carrying: TroubledChannel | undefined
  return {
    createPeerConnection(configuration, onEvent) {
      const connection = createPeerConnection(configuration, onEvent)
      const create = connection.createDataChannel.bind(connection)
      connection.createDataChannel = (label, init) =>
        new TroubledChannel(create(label, init), connection, (channel, bytes) => {
          sentBytes += bytes
          carrying = channel
        })
      return connection
    },
    get sentBytes() {
      return sentBytes
    },
    async trouble(kind) {
      await carrying?.trouble(kind)
    },
  }
}

class TroubledChannel implements DataChannel {
  readonly #channel: DataChannel
  readonly #connection: PeerConnection
  readonly #onSend: (channel: TroubledChannel, bytes: number) => void
  #trouble: Trouble | undefined
  #lastStarved: Promise<void> = Promise.resolve()
  #heardAtMs = 0

  constructor(
    channel: DataChannel,
    connection: PeerConnection,
    onSend: (channel: TroubledChannel, bytes: number) => void,
  ) {
    this.#channel = channel
    this.#connection = connection
    this.#onSend = onSend
  }

  get label() {
    return this.#channel.label
  }
  get protocol() {
    return this.#channel.protocol
  }
  get ordered() {
    return this.#channel.ordered
  }
  get maxRetransmits() {
    return this.#channel.maxRetransmits
  }
  get maxPacketLifeTime() {
    return this.#channel.maxPacketLifeTime
  }
  get maxMessageSize() {
    return this.#channel.maxMessageSize
  }
  get bufferedAmount() {
    return this.#channel.bufferedAmount
  }
  get opened() {
    return this.#channel.opened
  }
  get closed() {
    return this.#channel.closed
  }

  /**
   * Closes only when the other side acknowledges nothing any more: the binding does not survive a send into what is being
   * closed by the peer, and here both are one process.
   */
  async trouble(kind: Trouble): Promise<void> {
    this.#trouble = kind
    if (kind !== 'closed') return
    while (performance.now() - this.#heardAtMs < QUIET_MS) await delay(QUIET_MS / 10)
    await this.#connection[Symbol.asyncDispose]()
  }

  async send(message: Message, options = {}): Promise<void> {
    this.#onSend(this, typeof message === 'string' ? 0 : message.byteLength)
    if (this.#trouble === 'frozen' || this.#trouble === 'closed') return
    if (this.#trouble === 'starved') {
      this.#lastStarved = this.#lastStarved
        .then(() => delay(1_000))
        .then(() => this.#channel.send(message, options))
        .catch(() => undefined) // closed meanwhile
    } else await this.#channel.send(message, options)
  }

  async *messages(options = {}): AsyncIterable<Message> {
    for await (const message of this.#channel.messages(options)) {
      this.#heardAtMs = performance.now()
      yield message
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]()
  }
}

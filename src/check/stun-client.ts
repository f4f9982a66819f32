import { deferred, type Deferred } from '../async/deferred.js'
import type { Endpoint } from '../stun/endpoint.js'
import {
  createTransactionId,
  decodeStunMessage,
  encodeStunMessage,
  type ReceivedStunMessage,
  type StunAttribute,
} from '../stun/stun-message.js'
import type { SealOptions } from '../stun/stun-seals.js'
import type { Link, LinkEvents } from './ports.js'
import { NoAnswer } from './probe-failure.js'

/** RFC 8489 §6.2.1: the first retransmission after RTO, each next after twice the time, seven sendings in all. */
const RETRANSMISSION_TIMEOUT_MS = 500
const MAX_SENDINGS = 7
/** In units of the first timeout: how long the last sending is waited for. */
const LAST_WAIT_FACTOR = 16

export interface StunRequest extends SealOptions {
  method: number
  attributes?: StunAttribute[] | ((transactionId: Uint8Array) => StunAttribute[])
  /** Only on links that are not connected. */
  to?: Endpoint
}

export interface StunResponse {
  message: ReceivedStunMessage
  from: Endpoint
  /** From the last sending to the answer. */
  roundTripTimeMs: number
  /** How often the request went out; with more than one the round trip is a guess (RFC 6298 §3). */
  sendings: number
}

interface Transaction {
  answered: Deferred<StunResponse>
  sentMs: number
  sendings: number
}

/** Called with what is not the answer to a request: indications, ChannelData, requests of others. */
export type OnOther = (bytes: Uint8Array, from: Endpoint) => void

/**
 * Requests and their answers over one link, any number at once. Over UDP a request is sent again as RFC 8489 §6.2.1
 * has it, within the life of the signal.
 */
export class StunClient implements AsyncDisposable {
  readonly link: Link
  readonly #transactions = new Map<string, Transaction>()
  #failure: Error | undefined

  private constructor(link: Link) {
    this.link = link
  }

  /** Opens the link with `open` and owns it. */
  static async open(
    open: (events: LinkEvents) => Promise<Link>,
    onOther: OnOther = () => undefined,
  ): Promise<StunClient> {
    let client: StunClient | undefined
    let early: Error | undefined
    const link = await open({
      onPacket: (bytes, from) => {
        if (!client || !client.#take(bytes, from)) onOther(bytes, from)
      },
      onFailure: (error) => {
        if (client) client.#fail(error)
        else early ??= error
      },
    })
    client = new StunClient(link)
    if (early) client.#fail(early)
    return client
  }

  /**
   * Resolves with the answer, an error response included. Rejects with NoAnswer after the last sending, with the
   * link's error when it breaks, and with the signal's reason.
   */
  async request(request: StunRequest, { signal }: { signal: AbortSignal }): Promise<StunResponse> {
    signal.throwIfAborted()
    if (this.#failure) throw this.#failure
    const transactionId = createTransactionId()
    const key = keyOf(transactionId)
    const transaction: Transaction = { answered: deferred<StunResponse>(), sentMs: 0, sendings: 0 }
    this.#transactions.set(key, transaction)
    const bytes = encodeRequest(request, transactionId)
    let timer: ReturnType<typeof setTimeout> | undefined
    const onAbort = () => transaction.answered.reject(signal.reason)
    const send = () => {
      transaction.sentMs = performance.now()
      transaction.sendings += 1
      this.link.send(bytes, request.to)
      const isLast = this.link.reliable || transaction.sendings === MAX_SENDINGS
      const waitMs = RETRANSMISSION_TIMEOUT_MS * (this.link.reliable ? 79 : waitFactor(transaction.sendings))
      timer = setTimeout(isLast ? () => transaction.answered.reject(new NoAnswer()) : send, waitMs)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      send()
      return await transaction.answered.promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      this.#transactions.delete(key)
    }
  }

  /** Sends a request whose answer nobody waits for. */
  sendOnce(request: StunRequest): void {
    this.link.send(encodeRequest(request, createTransactionId()), request.to)
  }

  /** Sends without waiting for anything: indications and ChannelData. */
  send(bytes: Uint8Array, to?: Endpoint): void {
    this.link.send(bytes, to)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link[Symbol.asyncDispose]()
  }

  #take(bytes: Uint8Array, from: Endpoint): boolean {
    const message = decodeStunMessage(bytes)
    if (message === undefined || message.class === 'request' || message.class === 'indication') return false
    const transaction = this.#transactions.get(keyOf(message.transactionId))
    if (transaction === undefined) return false
    const { sentMs, sendings } = transaction
    transaction.answered.resolve({ message, from, roundTripTimeMs: performance.now() - sentMs, sendings })
    return true
  }

  #fail(error: Error): void {
    // A refused datagram says something about one moment; a broken stream is over.
    if (this.link.reliable) this.#failure ??= error
    for (const { answered } of this.#transactions.values()) answered.reject(error)
  }
}

function encodeRequest(request: StunRequest, transactionId: Uint8Array): Uint8Array {
  const { method, attributes = [] } = request
  const own = typeof attributes === 'function' ? attributes(transactionId) : attributes
  return encodeStunMessage({ class: 'request', method, transactionId, attributes: own }, request)
}

function waitFactor(sendings: number): number {
  return sendings === MAX_SENDINGS ? LAST_WAIT_FACTOR : 2 ** (sendings - 1)
}

function keyOf(transactionId: Uint8Array): string {
  return String.fromCharCode(...transactionId)
}

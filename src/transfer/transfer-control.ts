import type { AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import { deferred } from '../async/deferred.js'
import { withTimeout } from '../async/delay.js'
import { PeerError, toPeerError, type PeerErrorCode } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { parseTransferMessage, type TransferMessage, type TransferMessageOf } from './transfer-message.js'

/** How long a failing side waits for the other to hear why. */
const CANCEL_TIMEOUT_MS = 300

/** Characters that may wait to be read: many times what the hashes of a hundred thousand files have. */
const MAX_UNREAD_LENGTH = 32 * 1024 * 1024

/** Credits are read at once; a side that sends nothing reads none. */
const MAX_UNREAD_CREDITS = 1_000

export type AssociationMessage = TransferMessageOf<'association' | 'association-end'>

/** What arrived and nobody asked for yet. */
interface Unread<Message> {
  message: Message
  /** As it was written. */
  length: number
}

type Streamed = Exclude<
  TransferMessage,
  { type: 'cancel' | 'decline' | 'association' | 'association-end' | 'credit' }
>

/**
 * Reads the transfer channel in the background, so that a cancel is noticed in the middle of the data. `signal`
 * aborts when the other side ends the transfer or breaks the protocol.
 */
export class TransferControl {
  readonly #channel: DataChannel
  readonly #ended = new AbortController()
  readonly #echoed = deferred()
  readonly #messages = new AsyncQueue<Unread<Streamed>>()
  readonly #associations = new AsyncQueue<Unread<AssociationMessage>>()
  readonly #credits = new AsyncQueue<TransferMessageOf<'credit'>>()
  #unreadLength = 0

  constructor(channel: DataChannel) {
    this.#channel = channel
    void this.#follow() // never rejects
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  send(message: TransferMessage, options?: AbortOptions): Promise<void> {
    return this.#channel.send(JSON.stringify(message), options)
  }

  /** The next message, which has to be one of these types; rejects with the peer's reason when it ends it instead. */
  async next<Type extends Streamed['type']>(
    types: readonly Type[],
    { signal }: AbortOptions,
  ): Promise<Extract<Streamed, { type: Type }>> {
    const unread = await this.#messages.next({ signal })
    const message = unread && this.#read(unread)
    if (message && isOneOf(message, types)) return message
    throw new PeerError(
      'PROTOCOL_VIOLATION',
      `The peer sent "${message?.type ?? 'nothing'}" where ${types.map((type) => `"${type}"`).join(' or ')} belongs.`,
    )
  }

  /** What the other side says about further associations, apart from everything else. */
  async *associations(options: AbortOptions): AsyncGenerator<AssociationMessage, void, undefined> {
    for await (const unread of this.#associations.read(options)) yield this.#read(unread)
  }

  /** How far the receiver lets each file be sent, as it changes. */
  credits(options: AbortOptions): AsyncIterable<TransferMessageOf<'credit'>> {
    return this.#credits.read(options)
  }

  /**
   * Tells the other side why this one ends and waits a moment for its echo: by then it has stopped sending, and what
   * is closed next is not closed under a frame on its way out (the binding does not survive that).
   */
  async cancel(error: PeerError): Promise<void> {
    if (this.#ended.signal.aborted) return
    this.#end(error)
    await this.#say(error)
    const heard = Promise.race([this.#echoed.promise, this.#channel.closed])
    await withTimeout(heard, CANCEL_TIMEOUT_MS, () => new Error('not heard')).catch(() => undefined)
  }

  async #follow(): Promise<void> {
    try {
      for await (const raw of this.#channel.messages()) this.#take(parseTransferMessage(raw), raw.length)
      this.#end(new PeerError('PEER_LOST', 'The peer closed the connection during the transfer.'))
    } catch (error) {
      this.#end(toPeerError(error))
    }
  }

  #take(message: TransferMessage, length: number): void {
    switch (message.type) {
      case 'decline':
        return this.#end(new PeerError('PEER_DECLINED', sentence(`The receiver declined: ${message.reason}`)))
      case 'cancel':
        return this.#onCancel(message)
      case 'association':
      case 'association-end':
        return this.#keep(this.#associations, { message, length })
      case 'credit':
        return this.#onCredit(message)
      case 'entries':
      case 'offer':
      case 'skip':
      case 'have':
      case 'accept':
      case 'matched':
      case 'hashes':
      case 'verified':
      case 'done':
        return this.#keep(this.#messages, { message, length })
      default:
        return message satisfies never
    }
  }

  #keep<Message>(queue: AsyncQueue<Unread<Message>>, unread: Unread<Message>): void {
    this.#unreadLength += unread.length
    if (this.#unreadLength <= MAX_UNREAD_LENGTH) return queue.push(unread)
    this.#end(
      new PeerError('PROTOCOL_VIOLATION', 'The peer sends more about the transfer than is asked for.'),
    )
  }

  #read<Message>({ message, length }: Unread<Message>): Message {
    this.#unreadLength -= length
    return message
  }

  #onCredit(message: TransferMessageOf<'credit'>): void {
    if (this.#credits.size < MAX_UNREAD_CREDITS) return this.#credits.push(message)
    this.#end(new PeerError('PROTOCOL_VIOLATION', 'The peer grants credit that nobody asked for.'))
  }

  /** The first cancel is answered with one; the answer to our own ends the wait for it. */
  #onCancel(message: TransferMessageOf<'cancel'>): void {
    this.#echoed.resolve()
    if (this.#ended.signal.aborted) return
    const error = cancelledBy(message)
    this.#end(error)
    void this.#say(error) // never rejects
  }

  /** Does not insist: a channel that is closed has nobody to tell. */
  async #say(error: PeerError): Promise<void> {
    const message: TransferMessage = { type: 'cancel', code: error.code, reason: reasonForPeer(error) }
    await withTimeout(this.send(message), CANCEL_TIMEOUT_MS, () => new Error('not sent')).catch(
      () => undefined,
    )
  }

  #end(error: PeerError): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort(error)
    this.#messages.fail(error)
    this.#associations.end()
    this.#credits.end()
  }
}

function isOneOf<Type extends Streamed['type']>(
  message: Streamed,
  types: readonly Type[],
): message is Extract<Streamed, { type: Type }> {
  return types.some((type) => type === message.type)
}

/** The peer's trouble becomes ours with its meaning kept: wrong data is wrong data on both sides. */
function cancelledBy({ code, reason }: TransferMessageOf<'cancel'>): PeerError {
  if (code === 'DATA_MISMATCH' || code === 'SOURCE_CHANGED')
    return new PeerError(code, sentence(`The peer says: ${reason}`))
  if (code === 'INTERRUPTED' || code === 'TERMINATED') {
    return new PeerError('PEER_CANCELLED', 'The peer cancelled the transfer.')
  }
  return new PeerError('PEER_CANCELLED', sentence(`The peer ended the transfer: ${reason}`))
}

/** Where a message would tell the other side about this one's paths and disks, it hears this instead. */
const REASONS: Partial<Record<PeerErrorCode, string>> = {
  CLOSED_PIPE: 'whatever read its output is gone',
  INPUT_UNREADABLE: 'a file cannot be read any more',
  IO_ERROR: 'reading or writing a file failed',
  NO_SPACE: 'there is not enough space',
  OUTPUT_EXISTS: 'a file of that name exists there already',
  OUTPUT_UNWRITABLE: 'nothing can be written there',
  SOURCE_CHANGED: 'a file changed while it was being sent',
  UNSAFE_PATH: 'a name is hidden, which it takes only with --allow-hidden, or not safe there',
  INTERNAL: 'an internal error',
}

/** A peer's reason may be a part of a sentence or a whole one. */
function sentence(text: string): string {
  return /[.?!]$/u.test(text) ? text : `${text}.`
}

function reasonForPeer({ code, message }: PeerError): string {
  return (REASONS[code] ?? message).slice(0, 1024)
}

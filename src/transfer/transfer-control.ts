import { abortable, type AbortOptions } from '../async/abortable.js'
import { deferred } from '../async/deferred.js'
import { withTimeout } from '../async/delay.js'
import { PeerError, toPeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { parseTransferMessage, type TransferMessage, type TransferMessageOf } from './transfer-message.js'

/** How long a failing side tries to tell the other why. */
const CANCEL_TIMEOUT_MS = 300

type Awaited = Exclude<TransferMessage['type'], 'cancel' | 'decline'>

/**
 * Reads the transfer channel in the background, so that a cancel is noticed in the middle of the data. `signal`
 * aborts when the other side ends the transfer or breaks the protocol.
 */
export class TransferControl {
  readonly #channel: DataChannel
  readonly #ended = new AbortController()
  readonly #received = {
    offer: deferred<TransferMessageOf<'offer'>>(),
    accept: deferred<TransferMessageOf<'accept'>>(),
    complete: deferred<TransferMessageOf<'complete'>>(),
    verified: deferred<TransferMessageOf<'verified'>>(),
  }

  constructor(channel: DataChannel) {
    this.#channel = channel
    for (const { promise } of Object.values(this.#received)) promise.catch(() => undefined)
    void this.#read() // never rejects
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  send(message: TransferMessage, options?: AbortOptions): Promise<void> {
    return this.#channel.send(JSON.stringify(message), options)
  }

  /** The next message of this type; rejects with the peer's reason when it declines or cancels instead. */
  receive<Type extends Awaited>(type: Type, { signal }: AbortOptions): Promise<TransferMessageOf<Type>>
  receive(type: Awaited, { signal }: AbortOptions): Promise<TransferMessage> {
    return abortable<TransferMessage>(this.#received[type].promise, signal)
  }

  /** Tells the other side why this one ends; does not insist. */
  async cancel(error: PeerError): Promise<void> {
    if (this.#ended.signal.aborted) return
    const message: TransferMessage = {
      type: 'cancel',
      code: error.code,
      reason: error.message.slice(0, 1024),
    }
    await withTimeout(this.send(message), CANCEL_TIMEOUT_MS, () => new Error('not sent')).catch(
      () => undefined,
    )
  }

  async #read(): Promise<void> {
    try {
      for await (const raw of this.#channel.messages()) this.#take(parseTransferMessage(raw))
      this.#end(new PeerError('PEER_LOST', 'The peer closed the connection during the transfer.'))
    } catch (error) {
      this.#end(toPeerError(error))
    }
  }

  #take(message: TransferMessage): void {
    switch (message.type) {
      case 'offer':
        return this.#received.offer.resolve(message)
      case 'accept':
        return this.#received.accept.resolve(message)
      case 'complete':
        return this.#received.complete.resolve(message)
      case 'verified':
        return this.#received.verified.resolve(message)
      case 'decline':
        return this.#end(new PeerError('PEER_DECLINED', `The receiver declined: ${message.reason}`))
      case 'cancel':
        return this.#end(cancelledBy(message))
      default:
        return message satisfies never
    }
  }

  #end(error: PeerError): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort(error)
    for (const { reject } of Object.values(this.#received)) reject(error)
  }
}

/** The peer's trouble becomes ours with its meaning kept: wrong data is wrong data on both sides. */
function cancelledBy({ code, reason }: TransferMessageOf<'cancel'>): PeerError {
  if (code === 'DATA_MISMATCH' || code === 'SOURCE_CHANGED')
    return new PeerError(code, `The peer says: ${reason}`)
  if (code === 'INTERRUPTED' || code === 'TERMINATED') {
    return new PeerError('PEER_CANCELLED', 'The peer cancelled the transfer.')
  }
  return new PeerError('PEER_CANCELLED', `The peer ended the transfer: ${reason}`)
}

import { abortable, type AbortOptions } from '../async/abortable.js'
import { deferred, type Deferred } from '../async/deferred.js'
import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { Association, type AssociationEvents, type Piece } from './association.js'

/**
 * The associations of one transfer as one: a piece goes to the first that has room. What a failed one had on the way
 * goes out again on the others.
 */
export class AssociationPool implements AsyncDisposable {
  readonly #grantedBytes: number
  readonly #events: Omit<AssociationEvents, 'onChange'>
  readonly #associations = new Set<Association>()
  readonly #again: Piece[] = []
  #changed: Deferred<void> | undefined
  #lastError: PeerError | undefined

  constructor(grantedBytes: number, events: Omit<AssociationEvents, 'onChange'>) {
    this.#grantedBytes = grantedBytes
    this.#events = events
  }

  get size(): number {
    return this.#associations.size
  }

  /** Shortest round trip of all, in milliseconds; null before the first acknowledgement. */
  get minRttMs(): number | null {
    const known = Array.from(this.#associations, ({ minRttMs }) => minRttMs).filter((rtt) => rtt !== null)
    return known.length > 0 ? Math.min(...known) : null
  }

  add(channel: DataChannel): void {
    const association = new Association(channel, this.#grantedBytes, {
      ...this.#events,
      onChange: () => this.#wake(),
    })
    this.#associations.add(association)
    void association.failed.then((error) => this.#retire(association, error)) // never rejects
    this.#wake()
  }

  /** Resolves when the piece is on its way, which is when there was room for it. */
  async send(piece: Piece, { signal }: AbortOptions): Promise<void> {
    await this.#resend({ signal })
    await this.#place(piece, { signal })
  }

  /** Resolves when everything sent has been acknowledged. */
  async drained({ signal }: AbortOptions): Promise<void> {
    for (;;) {
      await this.#resend({ signal })
      const all = Array.from(this.#associations)
      if (this.#again.length === 0 && all.every(({ isIdle }) => isIdle)) return
      await this.#change(signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const associations = Array.from(this.#associations)
    this.#associations.clear()
    for (const association of associations) await association[Symbol.asyncDispose]()
  }

  async #resend({ signal }: AbortOptions): Promise<void> {
    for (let piece = this.#again.shift(); piece; piece = this.#again.shift())
      await this.#place(piece, { signal })
  }

  async #place(piece: Piece, { signal }: AbortOptions): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      for (const association of this.#associations) {
        if (!association.admits(piece.chunk.byteLength)) continue
        // To the end of the order, so that all of them are kept busy.
        this.#associations.delete(association)
        this.#associations.add(association)
        await association.send(piece).catch(() => undefined) // its failure puts the piece back
        return
      }
      if (this.#associations.size === 0)
        throw this.#lastError ?? new PeerError('PEER_LOST', 'No association is left.')
      await this.#change(signal)
    }
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    this.#changed ??= deferred()
    return abortable(this.#changed.promise, signal)
  }

  #retire(association: Association, error: PeerError): void {
    if (!this.#associations.delete(association)) return
    this.#lastError = error
    this.#again.push(...association.takeUnacknowledged())
    void association[Symbol.asyncDispose]() // never rejects
    this.#wake()
  }

  #wake(): void {
    this.#changed?.resolve()
    this.#changed = undefined
  }
}

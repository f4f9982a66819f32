import { abortable, type AbortOptions } from '../async/abortable.js'
import { deferred, type Deferred } from '../async/deferred.js'
import { delay } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import type { Carried } from './association-growth.js'
import { Association, type AssociationTransport, type Piece } from './association.js'
import { AssociationWatch } from './association-watch.js'
import type { FileRange } from './content-layout.js'
import { PathModel } from './path-model.js'

/** How often it is looked whether an association has stalled, and at the end whether a piece is overdue. */
const WATCH_MS = 100

/** How long the others may take to open before the one on standby is used after all. */
const RESERVED_MS = 5_000

/** At the end an idle association repeats what another one takes longer than this for, beyond 1.5 round trips. */
const TAIL_MS = 250

export interface AssociationPoolOptions {
  grantedBytes: number
  /** Bytes of files have arrived that had not arrived before. */
  onDelivered: (range: FileRange) => void
  /** Whether there can be others when the last association fails; without, that is the end. */
  replaceable?: boolean
  /** So many are kept though their windows stand in a queue; as many as fill a clean link when absent. */
  fewest?: number | undefined
}

export interface AddAssociationOptions {
  transport?: AssociationTransport
  /** Used only while there is no other: the connection that also carries control messages and probes. */
  standby?: boolean
}

/**
 * The associations of one transfer as one: a piece goes to the first that has room. What a failed one had on the way
 * goes out again on the others, and so does a copy of what a stalled one has.
 */
export class AssociationPool implements AsyncDisposable {
  /** What probes beside the frames say about the path. */
  readonly path = new PathModel(() => this.#isStandbyQuiet)
  /** Told of an association that was taken out because it failed or stood still. */
  onRetired: (channel: DataChannel) => void = () => undefined
  readonly #options: AssociationPoolOptions
  readonly #associations = new Map<Association, DataChannel>()
  readonly #standby = new Set<Association>()
  readonly #again: Piece[] = []
  readonly #closed = new AbortController()
  readonly #health: AssociationWatch<Association>
  #reservedUntilMs = 0
  #deliveredBytes = 0
  readonly #carriedOver: Record<AssociationTransport, number> = { udp: 0, tcp: 0 }
  #repeatedBytes = 0
  #changed: Deferred<void> | undefined
  #lastError: PeerError | undefined

  constructor(options: AssociationPoolOptions) {
    this.#options = options
    this.#health = new AssociationWatch(this.path, { fewest: options.fewest })
    void this.#watch() // never rejects
  }

  /** How many there are, with the one on standby. */
  get size(): number {
    return this.#associations.size
  }

  /** How many there are over this transport, with the one on standby. */
  countOver(transport: AssociationTransport): number {
    return this.#over(transport).length
  }

  /** Those beyond so many over UDP, with the one on standby, are taken out little by little. */
  set mostOverUdp(count: number) {
    this.#health.mostOverUdp = count
  }

  /** Bytes of files that have arrived. */
  get deliveredBytes(): number {
    return this.#deliveredBytes
  }

  /** The same as it was carried: less where it was encoded. */
  get carriedBytes(): number {
    return this.#carriedOver.udp + this.#carriedOver.tcp
  }

  /** What of that went over each transport, and how many carry there now: without the one on standby. */
  get carried(): Carried {
    const over = (transport: AssociationTransport) => ({
      bytes: this.#carriedOver[transport],
      count: this.#over(transport).filter((association) => !this.#standby.has(association)).length,
    })
    return { udp: over('udp'), tcp: over('tcp') }
  }

  /** Bytes that went out again, as a precaution or because an association failed. */
  get repeatedBytes(): number {
    return this.#repeatedBytes
  }

  add(channel: DataChannel, { transport = 'udp', standby = false }: AddAssociationOptions = {}): void {
    const association = new Association(channel, {
      transport,
      grantedBytes: this.#options.grantedBytes,
      path: this.path,
      events: {
        onDelivered: (piece) => {
          this.#carriedOver[transport] += piece.chunk.byteLength
          this.#deliver(piece)
        },
        onChange: () => this.#wake(),
      },
    })
    this.#associations.set(association, channel)
    if (standby) this.#standby.add(association)
    void association.failed.then((error) => this.#retire(association, error)) // never rejects
    this.#wake()
  }

  /** Cuts a piece into what fits each association, unless it is encoded; resolves when all of it is on its way. */
  async send({ file, offset, chunk, encoded }: Piece, { signal }: AbortOptions): Promise<void> {
    if (encoded) {
      await this.#sendAgain({ signal })
      const association = await this.#next(() => chunk.byteLength, signal)
      return this.#sendOn(association, { file, offset, chunk, encoded })
    }
    for (let start = 0; start < chunk.byteLength;) {
      await this.#sendAgain({ signal })
      const association = await this.#next(({ chunkBytes }) => chunkBytes, signal)
      const part = chunk.subarray(start, start + association.chunkBytes)
      await this.#sendOn(association, { file, offset: offset + start, chunk: part })
      start += part.byteLength
    }
  }

  /** Keeps the one on standby free for control messages and probes: others are on their way, or come too late. */
  reserveStandby(): void {
    this.#reservedUntilMs = performance.now() + RESERVED_MS
  }

  /** Resolves when everything sent has arrived. */
  async drained({ signal }: AbortOptions): Promise<void> {
    for (;;) {
      await this.#sendAgain({ signal })
      const all = Array.from(this.#associations.keys())
      if (this.#again.length === 0 && all.every(({ isIdle }) => isIdle)) return
      this.#repeatOverdue(all)
      const tick = delay(WATCH_MS, { signal })
      tick.catch(() => undefined)
      await Promise.race([this.#change(signal), tick])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new PeerError('PEER_LOST', 'The transfer is over.'))
    const associations = Array.from(this.#associations.keys())
    this.#associations.clear()
    for (const association of associations) await association[Symbol.asyncDispose]()
  }

  /** Whether there is one beside those on standby that does not stand still. */
  #hasOthers(nowMs: number): boolean {
    for (const association of this.#associations.keys())
      if (!this.#standby.has(association) && this.#health.isWell(association, nowMs)) return true
    return false
  }

  #over(transport: AssociationTransport): Association[] {
    return Array.from(this.#associations.keys()).filter((association) => association.transport === transport)
  }

  /** Whether nothing of the transfer is on the way beside the probes. */
  get #isStandbyQuiet(): boolean {
    for (const association of this.#standby) if (association.isBusy) return false
    return this.#standby.size > 0
  }

  async #sendAgain({ signal }: AbortOptions): Promise<void> {
    for (let piece = this.#again.shift(); piece; piece = this.#again.shift()) {
      if (piece.acknowledged) continue
      const { byteLength } = piece.chunk
      const association = await this.#next(() => byteLength, signal)
      this.#repeatedBytes += byteLength
      await this.#sendOn(association, piece)
    }
  }

  /** An association with room for a frame of the size it would get; rejects where none is left and none can come. */
  async #next(
    sizeFor: (association: Association) => number,
    signal: AbortSignal | undefined,
  ): Promise<Association> {
    for (;;) {
      signal?.throwIfAborted()
      const nowMs = performance.now()
      const isReserved = this.path.isLong && nowMs < this.#reservedUntilMs
      const skipStandby = isReserved || this.#hasOthers(nowMs)
      for (const association of this.#associations.keys()) {
        if (skipStandby && this.#standby.has(association)) continue
        if (association.admits(sizeFor(association))) return association
      }
      if (this.#associations.size === 0 && !this.#options.replaceable)
        throw this.#lastError ?? new PeerError('PEER_LOST', 'No association is left.')
      await this.#change(signal)
    }
  }

  async #sendOn(association: Association, piece: Piece): Promise<void> {
    // To the end of the order, so that all of them are kept busy.
    const channel = this.#associations.get(association)
    if (channel) {
      this.#associations.delete(association)
      this.#associations.set(association, channel)
    }
    await association.send(piece).catch(() => undefined) // its failure puts the piece back
  }

  #deliver({ file, offset, chunk, encoded }: Piece): void {
    const byteLength = encoded?.contentBytes ?? chunk.byteLength
    this.#deliveredBytes += byteLength
    this.#options.onDelivered({ file, offset, byteLength })
  }

  /** What has no end in sight on one association goes out on an idle one too. */
  #repeatOverdue(associations: readonly Association[]): void {
    if (!associations.some((association) => association.isIdle)) return
    const overdueMs = 1.5 * (this.path.minRttMs ?? 0) + TAIL_MS
    this.#repeat(associations.flatMap((association) => association.overdue(performance.now() - overdueMs)))
  }

  #repeat(pieces: readonly Piece[]): void {
    const waiting = new Set(this.#again)
    this.#again.push(...pieces.filter((piece) => !waiting.has(piece)))
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closed
    for (;;) {
      await delay(WATCH_MS, { signal }).catch(() => undefined)
      if (signal.aborted) return
      const all = Array.from(this.#associations.keys())
      const findings = this.#health.look(all, this.#standby, performance.now())
      for (const { association, retire, repeat } of findings) {
        if (repeat) this.#repeat(repeat)
        if (retire) this.#retire(association, retire)
      }
      this.#wake()
    }
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    this.#changed ??= deferred()
    return abortable(this.#changed.promise, signal)
  }

  #retire(association: Association, error: PeerError): void {
    const channel = this.#associations.get(association)
    if (!channel) return
    this.#associations.delete(association)
    this.#standby.delete(association)
    this.#lastError = error
    this.#repeat(association.takeUnacknowledged())
    void association[Symbol.asyncDispose]() // never rejects
    this.onRetired(channel)
    this.#wake()
  }

  #wake(): void {
    this.#changed?.resolve()
    this.#changed = undefined
  }
}

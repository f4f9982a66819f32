import { deferred, type Deferred } from '../async/deferred.js'
import { PeerError, toPeerError } from '../errors.js'

/**
 * `recorded`: item n belongs to slot n, so what is late is passed over and what is early waits.
 * `newest`: live pictures; only the last one is of interest, and the stream never waits.
 * `queue`: live sound, which comes in bursts; in order, the oldest dropped where too much piles up.
 */
export type Timing = 'recorded' | 'newest' | 'queue'

export interface ReadAheadOptions<Item> {
  /** An item that can be filled; those that were taken are used again. */
  create: () => Item
  /** Fills the item with what comes next; false at the end. */
  read: (item: Item) => Promise<boolean>
  timing: Timing
  /** So many are held ready. */
  items: number
  /** As many as this where another stream of the same input starves: the two may be badly interleaved. */
  maxItems?: number
}

/** Items of a stream, read ahead and asked for by their slot. */
export interface ReadAhead<Item> extends AsyncDisposable {
  /** Resolves when the last item was taken; rejects as soon as reading fails. */
  readonly ended: Promise<void>
  readonly dropped: number
  /** What is due at the slot, valid until the next call; null where there is nothing new. */
  take(index: number): Item | null
  /** Reads one further although enough is ready. */
  readFurther(): void
}

/** Starts to read and resolves when the first item is there; rejects with INPUT_INVALID where there is none. */
export async function openReadAhead<Item>(options: ReadAheadOptions<Item>): Promise<ReadAhead<Item>> {
  const ahead = new StreamReadAhead(options)
  await ahead.first
  return ahead
}

class StreamReadAhead<Item> implements ReadAhead<Item> {
  readonly #options: ReadAheadOptions<Item>
  readonly #first = deferred()
  readonly #ended = deferred()
  #ready: { index: number; item: Item }[] = []
  #free: Item[] = []
  #taken: Item | undefined
  #wanted: number
  #room: Deferred<void> | undefined
  #state: 'reading' | 'finished' | 'disposed' = 'reading'
  #dropped = 0

  constructor(options: ReadAheadOptions<Item>) {
    this.#options = options
    this.#wanted = options.items
    // Whoever waits gets the rejection; nobody may be waiting yet when it comes.
    this.#first.promise.catch(() => undefined)
    this.#ended.promise.catch(() => undefined)
    void this.#fill() // never rejects
  }

  get first(): Promise<void> {
    return this.#first.promise
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get dropped(): number {
    return this.#dropped
  }

  take(index: number): Item | null {
    const count = this.#dueCount(index)
    if (count === 0) return null
    const due = this.#ready.splice(0, count).map(({ item }) => item)
    const item = due.pop()
    this.#dropped += due.length
    this.#free.push(...due)
    if (this.#taken !== undefined) this.#free.push(this.#taken)
    this.#taken = item
    this.#room?.resolve()
    if (this.#state === 'finished' && this.#ready.length === 0) this.#ended.resolve()
    return item ?? null
  }

  readFurther(): void {
    if (this.#wanted >= (this.#options.maxItems ?? this.#options.items)) return
    this.#wanted = this.#ready.length + 1
    this.#room?.resolve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'disposed'
    this.#ready = []
    this.#room?.resolve()
  }

  /** How many of the ready items the next one taken replaces, itself included. */
  #dueCount(index: number): number {
    const { timing } = this.#options
    if (timing === 'newest') return this.#ready.length
    if (timing === 'queue') return Math.min(1, this.#ready.length)
    const early = this.#ready.findIndex((ready) => ready.index > index)
    return early === -1 ? this.#ready.length : early
  }

  async #fill(): Promise<void> {
    try {
      for (let index = 0; ; index++) {
        await this.#waitForRoom()
        const item = this.#free.pop() ?? this.#options.create()
        if (this.#isDisposed() || !(await this.#options.read(item)) || this.#isDisposed()) break
        this.#ready.push({ index, item })
        this.#dropOldest()
        this.#first.resolve()
      }
      if (this.#state === 'reading') this.#state = 'finished'
      this.#first.reject(new PeerError('INPUT_INVALID', 'There is nothing in it.'))
      if (this.#ready.length === 0) this.#ended.resolve()
    } catch (thrown) {
      const error = toPeerError(thrown)
      this.#first.reject(error)
      if (!this.#isDisposed()) this.#ended.reject(error)
    }
  }

  /** What is recorded waits until it is wanted; what is live does not. */
  async #waitForRoom(): Promise<void> {
    if (this.#options.timing !== 'recorded') return
    while (this.#ready.length >= this.#wanted && !this.#isDisposed()) {
      this.#room = deferred()
      await this.#room.promise
    }
  }

  #dropOldest(): void {
    if (this.#options.timing === 'recorded' || this.#ready.length <= this.#wanted) return
    const oldest = this.#ready.shift()
    if (oldest) this.#free.push(oldest.item)
    this.#dropped++
  }

  #isDisposed(): boolean {
    return this.#state === 'disposed'
  }
}

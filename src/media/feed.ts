import { aborted } from '../async/abortable.js'
import { pace, type PaceClock } from '../async/pace.js'
import type { MediaMoment, MediaSource, MediaStage } from './ports.js'

/** `paused` writes nothing and holds the source where it is; `muted` writes black or silence while the source goes on. */
export type FeedMode = 'live' | 'paused' | 'muted'

export interface FeedCounters {
  /** Pictures or blocks written to the track. */
  written: number
  /** What is not written because this process or the source was late. */
  dropped: number
  /** Slots for which the source had nothing new. */
  missed: number
}

export interface RunFeedOptions {
  signal: AbortSignal
  /** When slot 0 is due; feeds that start at the same moment keep step. */
  startMs?: number
  /** Called each time a source has come to its end. */
  onEnded?: () => void
}

export interface FeedOptions<Item> {
  /** Applied to everything the source gives, in order. */
  stages?: readonly MediaStage<Item>[]
  clock?: PaceClock | undefined
}

/** What is particular to pictures or to sound. */
export interface FeedKind<Source, Item> {
  /** How many slots that are late are still written, one after the other. */
  maxCatchUp: number
  intervalMs(source: Source): number
  /** What is due; null where there is nothing new. */
  take(source: Source, index: number): Item | null
  /** Black or silence in the shape of the item. */
  muted(item: Item): Item
  /** One that stages may write into. */
  copy(item: Item): Item
  write(item: Item): void
}

const MONOTONIC_CLOCK: Pick<PaceClock, 'now'> = { now: () => performance.now() }

/** Keeps one outgoing track fed, whatever is behind it: the source can be replaced, held and silenced while it runs. */
export class Feed<Source extends MediaSource, Item> implements AsyncDisposable {
  readonly #kind: FeedKind<Source, Item>
  readonly #clock: PaceClock | undefined
  readonly #now: () => number
  #source: Source
  #stages: readonly MediaStage<Item>[]
  #mode: FeedMode = 'live'
  /** Aborts when the source or the mode is another one. */
  #turn = new AbortController()
  /** When slot 0 of the source is (or was) due. */
  #originMs: number | undefined
  #pausedAtMs: number | undefined
  #nextIndex = 0
  #maxPerSecond: number | undefined
  #endedSource: Source | undefined
  #written = 0
  /** Slots of a source that makes what it is asked for; any other one counts itself what it passes over. */
  #passedOver = 0
  #missed = 0
  #droppedBySourcesBefore = 0

  /** Owns the source from now on. */
  constructor(source: Source, kind: FeedKind<Source, Item>, { stages = [], clock }: FeedOptions<Item>) {
    this.#source = source
    this.#stages = stages
    this.#kind = kind
    this.#clock = clock
    this.#now = () => (clock ?? MONOTONIC_CLOCK).now()
  }

  get source(): Source {
    return this.#source
  }

  get counters(): FeedCounters {
    return {
      written: this.#written,
      dropped: this.#passedOver + this.#droppedBySourcesBefore + (this.#source.dropped ?? 0),
      missed: this.#missed,
    }
  }

  get mode(): FeedMode {
    return this.#mode
  }

  set mode(mode: FeedMode) {
    if (mode === this.#mode) return
    if (mode === 'paused') this.#pausedAtMs = this.#now()
    if (this.#mode === 'paused') this.#resume()
    this.#mode = mode
    this.#nextTurn()
  }

  /** At most so many pictures a second are written, evenly; undefined writes all. What is left out is not `dropped`. */
  set maxPerSecond(maxPerSecond: number | undefined) {
    this.#maxPerSecond = maxPerSecond
  }

  /** Another source behind the same track, from its beginning; the one before is disposed. Its stages are kept unless given. */
  async switchTo(
    source: Source,
    {
      atMs = this.#now(),
      stages = this.#stages,
    }: { atMs?: number; stages?: readonly MediaStage<Item>[] } = {},
  ): Promise<void> {
    const before = this.#source
    this.#stages = stages
    this.#droppedBySourcesBefore += before.dropped ?? 0
    this.#source = source
    this.#originMs = atMs
    this.#nextIndex = 0
    if (this.#mode === 'paused') this.#pausedAtMs = atMs
    this.#nextTurn()
    await before[Symbol.asyncDispose]()
  }

  /** Feeds the track until `signal` aborts, then resolves; rejects with the PeerError of a source that broke. */
  async run({ signal, startMs = this.#now(), onEnded }: RunFeedOptions): Promise<void> {
    this.#originMs = startMs
    if (this.#mode === 'paused') this.#pausedAtMs = startMs
    while (!signal.aborted) {
      const turn = AbortSignal.any([signal, this.#turn.signal])
      if (this.#mode !== 'paused') await this.#playTurn(turn, onEnded)
      await aborted(turn)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]()
  }

  /** Until the turn or the source is over. */
  async #playTurn(turn: AbortSignal, onEnded: (() => void) | undefined): Promise<void> {
    const source = this.#source
    const stop = new AbortController()
    const pacing = pace({
      intervalMs: this.#kind.intervalMs(source),
      maxCatchUp: this.#kind.maxCatchUp,
      startMs: this.#originMs,
      firstIndex: this.#nextIndex,
      onTick: (index) => this.#writeSlot(source, index),
      clock: this.#clock,
      signal: AbortSignal.any([turn, stop.signal]),
    })
    const ending = source.ended.then(() => {
      if (this.#endedSource !== source && !turn.aborted) onEnded?.()
      this.#endedSource = source
    })
    try {
      await Promise.race([pacing, ending])
    } finally {
      stop.abort()
      await pacing.catch(() => undefined) // its failure, if it was the first, is thrown already
    }
  }

  #writeSlot(source: Source, index: number): void {
    if (source.dropped === null) this.#passedOver += index - this.#nextIndex
    this.#nextIndex = index + 1
    if (!this.#isWanted(source, index)) {
      // A source that makes what it is asked for need not make it.
      if (source.dropped !== null) this.#kind.take(source, index)
      return
    }
    const item = this.#kind.take(source, index)
    if (item === null) {
      this.#missed++
      return
    }
    const shown = this.#mode === 'muted' ? this.#kind.muted(item) : item
    this.#kind.write(this.#throughStages(shown, { index, sequence: this.#written }))
    this.#written++
  }

  #throughStages(item: Item, moment: MediaMoment): Item {
    if (this.#stages.length === 0) return item
    return this.#stages.reduce((current, stage) => stage(current, moment), this.#kind.copy(item))
  }

  /** Of each second the wanted share of its slots. */
  #isWanted(source: Source, index: number): boolean {
    if (this.#maxPerSecond === undefined) return true
    const share = (this.#maxPerSecond * this.#kind.intervalMs(source)) / 1000
    const wantedBefore = (slot: number) => Math.ceil(slot * share - 1e-6)
    return share >= 1 || wantedBefore(index + 1) > wantedBefore(index)
  }

  #resume(): void {
    if (this.#originMs !== undefined && this.#pausedAtMs !== undefined)
      this.#originMs += this.#now() - this.#pausedAtMs
    this.#pausedAtMs = undefined
  }

  #nextTurn(): void {
    const turn = this.#turn
    this.#turn = new AbortController()
    turn.abort()
  }
}

import { deferred, type Deferred } from '../../async/deferred.js'

/** Syncs the whole file system that this directory is on (syncfs(2)); rejects where the system cannot. */
export type SyncFileSystem = (directory: string) => Promise<void>

/** What may wait for more does not wait longer than this. */
const PATIENCE_MS = 3_000

/**
 * One sync at a time for whoever asks: those who ask while one is under way share the next. While a file system is
 * synced nothing new is created on it, so a few syncs of many files take less time than many of a few.
 */
export class GroupSync {
  readonly #sync: () => Promise<void>
  #next: Deferred<void> | undefined
  #patience: ReturnType<typeof setTimeout> | undefined
  #running: Promise<void> = Promise.resolve()
  #following: Promise<void> | undefined

  constructor(sync: () => Promise<void>) {
    this.#sync = sync
  }

  /** Resolves when what was written before this call is synced; `more` says that others are about to ask too. */
  sync({ more }: { more: boolean }): Promise<void> {
    // One that began before what was just written was written says nothing about it.
    this.#next ??= deferred()
    const { promise } = this.#next
    if (more) this.#patience ??= setTimeout(() => this.#follow(), PATIENCE_MS)
    else this.#follow()
    return promise
  }

  #follow(): void {
    this.#following ??= this.#running.then(() => this.#run()) // never rejects
  }

  async #run(): Promise<void> {
    this.#running = this.#following ?? this.#running
    this.#following = undefined
    clearTimeout(this.#patience)
    this.#patience = undefined
    const turn = this.#next
    this.#next = undefined
    if (turn) await this.#sync().then(turn.resolve, turn.reject)
  }
}

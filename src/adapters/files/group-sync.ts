/** Syncs the whole file system that this directory is on (syncfs(2)); rejects where the system cannot. */
export type SyncFileSystem = (directory: string) => Promise<void>

/** One sync at a time for whoever asks: those who ask while one is under way share the next. */
export class GroupSync {
  readonly #sync: () => Promise<void>
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(sync: () => Promise<void>) {
    this.#sync = sync
  }

  /** Resolves when what was written before this call is synced. */
  sync(): Promise<void> {
    if (!this.#running) return this.#start()
    // One that began before what was just written was written says nothing about it.
    this.#next ??= this.#running.catch(() => undefined).then(() => this.#start())
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = undefined
    const running = this.#sync().finally(() => {
      this.#running = undefined
    })
    this.#running = running
    return running
  }
}

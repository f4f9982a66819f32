import { deferred, type Deferred } from '../async/deferred.js'
import { delay } from '../async/delay.js'
import type { WholeFile } from './ports.js'

/** What may wait in memory for the disk before the sender is held back; files without content count too. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024
const MAX_WAITING_FILES = 24_000

interface Waiting {
  file: WholeFile
  published: Deferred<string>
}

/** Publishes files; `hasRoom` says whether it may wait for more of them. */
export type PublishFiles = (
  files: readonly WholeFile[],
  options: { hasRoom: boolean },
) => Promise<readonly string[]>

/** Publishes small files together: all that become complete in one turn of the event loop. */
export class SmallFilePublisher {
  readonly #publish: PublishFiles
  #next: Waiting[] = []
  #files = 0
  #bytes = 0
  #lessened: Deferred<void> | undefined

  constructor(publish: PublishFiles) {
    this.#publish = publish
  }

  /** Resolves with the path once the file is published; rejects as all that were published with it. */
  publish(file: WholeFile): Promise<string> {
    const published = deferred<string>()
    if (this.#next.length === 0) void this.#publishNext() // never rejects
    this.#next.push({ file, published })
    this.#files++
    this.#bytes += file.content.byteLength
    return published.promise
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.#bytes > MAX_WAITING_BYTES || this.#files > MAX_WAITING_FILES) {
      this.#lessened ??= deferred()
      await this.#lessened.promise
    }
  }

  async #publishNext(): Promise<void> {
    await delay(0)
    const files = this.#next
    this.#next = []
    try {
      const hasRoom = this.#bytes < MAX_WAITING_BYTES / 2 && this.#files < MAX_WAITING_FILES / 2
      const paths = await this.#publish(
        files.map(({ file }) => file),
        { hasRoom },
      )
      for (const [index, { file, published }] of files.entries())
        published.resolve(paths[index] ?? file.entry.path)
    } catch (error) {
      for (const { published } of files) published.reject(error)
    }
    this.#files -= files.length
    this.#bytes -= files.reduce((sum, { file }) => sum + file.content.byteLength, 0)
    this.#lessened?.resolve()
    this.#lessened = undefined
  }
}

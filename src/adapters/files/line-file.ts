import type { FileHandle } from 'node:fs/promises'
import type { PeerError } from '../../errors.js'
import { openForWriting, writeFailure } from './output-file.js'

/** A disk that takes less than is said for this much is as good as full. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024

/** A file that grows while the run goes on. */
export interface LineFile extends AsyncDisposable {
  /** Takes whole lines; they are in the file soon, in order. Never waits, never throws. */
  append(lines: string): void
  /** Resolves when everything is written; rejects with NO_SPACE or IO_ERROR where it could not be. */
  finish(): Promise<void>
}

export interface LineFileOptions {
  /** What named the path, for messages. */
  option: string
  /** Told once, as soon as something cannot be written; what comes later is not written either. */
  onFailure?: (error: PeerError) => void
}

/**
 * Opens a file for lines, before the run, so that a path that cannot be written costs none. It ends after a whole line
 * whatever becomes of the process: lines are handed over together, and of those that do not fit on the disk nothing stays.
 */
export async function openLineFile(path: string, { option, onFailure }: LineFileOptions): Promise<LineFile> {
  return new WaitingLines(await openForWriting(path, option), path, option, onFailure)
}

class WaitingLines implements LineFile {
  readonly #handle: FileHandle
  readonly #path: string
  readonly #option: string
  readonly #onFailure: ((error: PeerError) => void) | undefined
  #pending: string[] = []
  #pendingBytes = 0
  #writtenBytes = 0
  #writing: Promise<void> | undefined
  #failure: PeerError | undefined

  constructor(handle: FileHandle, path: string, option: string, onFailure: LineFileOptions['onFailure']) {
    this.#handle = handle
    this.#path = path
    this.#option = option
    this.#onFailure = onFailure
  }

  append(lines: string): void {
    if (this.#failure !== undefined || lines === '') return
    this.#pending.push(lines)
    this.#pendingBytes += lines.length
    if (this.#pendingBytes > MAX_PENDING_BYTES) this.#fail(new Error('the disk is too slow for what is said'))
    else this.#writing ??= this.#writeAll()
  }

  async finish(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    if (this.#failure !== undefined) throw this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish().catch(() => undefined) // said by onFailure and by finish
    await this.#handle.close().catch(() => undefined)
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#pending.length > 0 && this.#failure === undefined) await this.#writePending()
    } catch (cause) {
      await this.#handle.truncate(this.#writtenBytes).catch(() => undefined) // a device has no length
      this.#fail(cause)
    } finally {
      this.#writing = undefined
    }
  }

  async #writePending(): Promise<void> {
    const bytes = Buffer.from(this.#pending.join(''))
    this.#pending = []
    this.#pendingBytes = 0
    for (let offset = 0; offset < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, offset)
      offset += bytesWritten
    }
    this.#writtenBytes += bytes.length
  }

  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return
    this.#pending = []
    this.#failure = writeFailure(cause, this.#path, this.#option)
    this.#onFailure?.(this.#failure)
  }
}

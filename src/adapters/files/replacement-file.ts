import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { ManifestEntry } from '../../transfer/manifest.js'
import type { FileSink } from '../../transfer/ports.js'
import type { ByteRange } from '../../transfer/range-set.js'
import { ioError, type PartialFile } from './partial-file.js'

export interface ReplacementFileOptions {
  /** What stands under the final name and is to be replaced. */
  path: string
  entry: ManifestEntry
  /** Opens the file that the new content goes to. */
  openPart: () => Promise<PartialFile>
}

/** How much of the old file is copied at once. */
const COPY_BYTES = 1024 * 1024

/**
 * A file that replaces another of which parts may be the same: those are not sent but copied from the old one. Where
 * all of it is the same nothing is written at all.
 */
export class ReplacementFile implements FileSink {
  readonly existingBytes: number
  readonly #options: ReplacementFileOptions
  readonly #old: FileHandle
  readonly #kept: ByteRange[] = []
  #part: Promise<PartialFile> | undefined

  static async open(options: ReplacementFileOptions): Promise<ReplacementFile> {
    try {
      const old = await open(options.path, constants.O_RDONLY | constants.O_NOFOLLOW)
      return new ReplacementFile(options, old, (await old.stat()).size)
    } catch (cause) {
      throw ioError(options.path, cause)
    }
  }

  private constructor(options: ReplacementFileOptions, old: FileHandle, existingBytes: number) {
    this.#options = options
    this.#old = old
    this.existingBytes = existingBytes
  }

  async write(chunk: Uint8Array, offset: number): Promise<void> {
    await (await this.#openPart()).write(chunk, offset)
  }

  async keep(range: ByteRange): Promise<void> {
    if (this.#part) await copyRange(this.#old, await this.#part, range)
    else this.#kept.push(range)
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    if (this.#part) return (await this.#part).read(target, offset)
    const { bytesRead } = await this.#old.read(target, 0, target.byteLength, offset)
    return bytesRead
  }

  async publish(): Promise<string> {
    const { path, entry } = this.#options
    // Equal as far as it goes, but longer.
    if (this.existingBytes !== entry.size) await this.#openPart()
    if (this.#part) return (await this.#part).publish()
    try {
      await this.#old.chmod(entry.mode & 0o777 & ~process.umask())
      await this.#old.utimes(new Date(), new Date(entry.mtimeMs))
    } catch (cause) {
      throw ioError(path, cause)
    }
    return path
  }

  async discard(): Promise<void> {
    const part = await this.#part?.catch(() => undefined)
    await part?.discard()
    await this.#old.close().catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const part = await this.#part?.catch(() => undefined)
    await part?.[Symbol.asyncDispose]()
    await this.#old.close().catch(() => undefined)
  }

  #openPart(): Promise<PartialFile> {
    this.#part ??= this.#copyKept()
    return this.#part
  }

  async #copyKept(): Promise<PartialFile> {
    const part = await this.#options.openPart()
    for (const range of this.#kept) await copyRange(this.#old, part, range)
    return part
  }
}

async function copyRange(from: FileHandle, to: PartialFile, { start, end }: ByteRange): Promise<void> {
  for (let offset = start; offset < end;) {
    const block = new Uint8Array(Math.min(COPY_BYTES, end - offset))
    const { bytesRead } = await from.read(block, 0, block.byteLength, offset)
    // The hash of the whole finds out what is missing.
    if (bytesRead === 0) return
    await to.write(block.subarray(0, bytesRead), offset)
    offset += bytesRead
  }
}

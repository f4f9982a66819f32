import { constants, type BigIntStats } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PeerError } from '../../errors.js'
import type { ManifestEntry } from '../../transfer/manifest.js'
import type { FileSink } from '../../transfer/ports.js'
import type { AnchoredDirectory } from './anchored-directory.js'
import { giveName } from './give-name.js'
import { describeSystemError, systemErrorCode } from './system-error.js'

/** What may wait for the disk before `write` holds the sender back. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024

/** After each of these the disk begins to take what was written, so that the sync at the end has little left to do. */
const SYNC_STEP_BYTES = 64 * 1024 * 1024

/** Permissions a sender may ask for: never setuid, setgid or sticky. */
export const PERMISSION_BITS = 0o777

export interface PartialFileOptions {
  /** Where both names are; the file owns it from here. */
  directory: AnchoredDirectory
  /** What the file is called until its bytes are known to be right. */
  partName: string
  /** Where it is then, as people know it. */
  path: string
  entry: ManifestEntry
  /** Replace what stands at `path`. */
  overwrite: boolean
  /** Told when it is closed with something in it that can be taken up. */
  onLeft?: (() => void) | undefined
}

/**
 * A file under a temporary name. It is created exclusively and not followed, so nobody can plant a link where the
 * data will go; what an earlier attempt left is taken up when it is a regular file of this user with one name.
 */
export class PartialFile implements FileSink {
  readonly existingBytes: number
  readonly #options: PartialFileOptions
  readonly #handle: FileHandle
  #pending: { chunk: Uint8Array; offset: number }[] = []
  #pendingBytes = 0
  #writing: Promise<void> | undefined
  #unsyncedBytes = 0
  #syncing: Promise<void> | undefined
  #error: PeerError | undefined
  #state: 'open' | 'closed' = 'open'

  static async open(options: PartialFileOptions): Promise<PartialFile> {
    const { directory, partName, path, entry } = options
    try {
      const handle = await openPart(directory.at(partName), join(dirname(path), partName))
      const { size } = await handle.stat()
      // Longer than what is announced cannot be an earlier part of it.
      if (size > entry.size) await handle.truncate(0)
      return new PartialFile(options, handle, size > entry.size ? 0 : size)
    } catch (cause) {
      await directory[Symbol.asyncDispose]()
      if (cause instanceof PeerError) throw cause
      throw new PeerError('OUTPUT_UNWRITABLE', `Cannot create ${path}: ${describeSystemError(cause)}.`, {
        cause,
      })
    }
  }

  private constructor(options: PartialFileOptions, handle: FileHandle, existingBytes: number) {
    this.#options = options
    this.#handle = handle
    this.existingBytes = existingBytes
  }

  async write(chunk: Uint8Array, offset: number): Promise<void> {
    if (this.#error) throw this.#error
    this.#pending.push({ chunk, offset })
    this.#pendingBytes += chunk.byteLength
    this.#writing ??= this.#writePending()
    if (this.#pendingBytes > MAX_PENDING_BYTES) await this.#written()
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    await this.#written()
    const { bytesRead } = await this.#handle.read(target, 0, target.byteLength, offset)
    return bytesRead
  }

  async publish(): Promise<string> {
    const { directory, partName, path, entry, overwrite } = this.#options
    const [part, final] = [directory.at(partName), directory.at(basename(path))]
    await this.#written()
    await this.#syncing
    if (this.#error) throw this.#error
    try {
      await this.#handle.chmod(entry.mode & PERMISSION_BITS & ~process.umask())
      await this.#handle.utimes(new Date(), new Date(entry.mtimeMs))
      await this.#handle.sync()
      giveName(part, final, { overwrite })
    } catch (cause) {
      if (systemErrorCode(cause) === 'EEXIST') throw alreadyExists(path)
      throw ioError(path, cause)
    } finally {
      await this.#close()
    }
    return path
  }

  async discard(): Promise<void> {
    if (this.#state === 'closed') return
    await this.#writing?.catch(() => undefined)
    await this.#unlinkPart()
    await this.#close()
  }

  /** Keeps what was written, so that it can be taken up again; an empty file is of no use to anyone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return
    await this.#writing?.catch(() => undefined)
    const isEmpty = await this.#handle.stat().then(
      ({ size }) => size === 0,
      () => false,
    )
    if (isEmpty) await this.#unlinkPart()
    else this.#options.onLeft?.()
    await this.#close()
  }

  async #unlinkPart(): Promise<void> {
    const { directory, partName } = this.#options
    await unlink(directory.at(partName)).catch(() => undefined)
  }

  async #close(): Promise<void> {
    this.#state = 'closed'
    await this.#syncing
    await this.#handle.close().catch(() => undefined)
    await this.#options.directory[Symbol.asyncDispose]()
  }

  async #written(): Promise<void> {
    await this.#writing
    if (this.#error) throw this.#error
  }

  /** One write at a time with all that follows on from each other: small chunks share a system call. */
  async #writePending(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const run = this.#takeRun()
        const bytes = run.chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
        await writeAll(this.#handle, run.chunks, run.offset)
        this.#pendingBytes -= bytes
        this.#unsyncedBytes += bytes
        this.#syncing ??= this.#unsyncedBytes < SYNC_STEP_BYTES ? undefined : this.#syncBehind()
      }
    } catch (cause) {
      this.#error = ioError(this.#options.path, cause)
    } finally {
      this.#writing = undefined
    }
  }

  /** Never rejects: an error is told once, so it is kept for whoever publishes or writes. */
  async #syncBehind(): Promise<void> {
    this.#unsyncedBytes = 0
    try {
      await this.#handle.datasync()
    } catch (cause) {
      this.#error ??= ioError(this.#options.path, cause)
    } finally {
      this.#syncing = undefined
    }
  }

  #takeRun(): { offset: number; chunks: Uint8Array[] } {
    const [first, ...rest] = this.#pending
    if (!first) return { offset: 0, chunks: [] }
    let end = first.offset + first.chunk.byteLength
    const gap = rest.findIndex(({ chunk, offset }) => {
      if (offset !== end) return true
      end += chunk.byteLength
      return false
    })
    const count = gap === -1 ? this.#pending.length : gap + 1
    return { offset: first.offset, chunks: this.#pending.splice(0, count).map(({ chunk }) => chunk) }
  }
}

/** A new file, or the regular file an earlier attempt of this user left there. */
async function openPart(address: string, path: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW
  try {
    return await open(address, flags | constants.O_CREAT | constants.O_EXCL, 0o600)
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error
  }
  const handle = await open(address, flags)
  const stats = await handle.stat({ bigint: true })
  if (isOurs(stats)) return handle
  await handle.close()
  throw notOurs(path)
}

/** Whether it is a regular file of this user with one name: not one that somebody else planted or shares. */
export function isOurs(stats: BigIntStats): boolean {
  const user = process.getuid?.()
  return stats.isFile() && stats.nlink === 1n && (user === undefined || stats.uid === BigInt(user))
}

async function writeAll(handle: FileHandle, chunks: Uint8Array[], offset: number): Promise<void> {
  const expected = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const { bytesWritten } = await handle.writev(chunks, offset)
  if (bytesWritten === expected) return
  const whole = Buffer.concat(chunks)
  for (let written = bytesWritten; written < expected;) {
    written += (await handle.write(whole, written, expected - written, offset + written)).bytesWritten
  }
}

export function notOurs(path: string): PeerError {
  return new PeerError('UNSAFE_PATH', `${path} is there already and is not a file of this user alone.`, {
    hint: 'Remove it, or choose another place with -o.',
  })
}

export function alreadyExists(path: string): PeerError {
  return new PeerError('OUTPUT_EXISTS', `${path} exists already and is left as it is.`, {
    hint: 'Choose another place with -o, or say what to do with --on-conflict.',
  })
}

export function ioError(path: string, cause: unknown): PeerError {
  if (cause instanceof PeerError) return cause
  const code = ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(cause) ?? '') ? 'NO_SPACE' : 'IO_ERROR'
  return new PeerError(code, `Cannot write ${path}: ${describeSystemError(cause)}.`, { cause })
}

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, mkdir, open, rename, stat, statfs, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { PeerError } from '../../errors.js'
import type { FileSink, OpenFileSink } from '../../transfer/ports.js'
import { describeSystemError, systemErrorCode } from './system-error.js'

/** What may wait for the disk before `write` holds the sender back. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024

/** Kept free on the target's file system beyond the announced size. */
const SPARE_SPACE_RATIO = 1.05

/**
 * Files go into `output` when it is an existing directory or ends in a slash (then it is created), else `output`
 * is the file's own path. Nothing that exists is replaced.
 */
export function fileSinkIn(output: string): OpenFileSink {
  return async ({ name, size }) => {
    const path = await targetPath(output, name)
    await rejectExisting(path)
    await rejectTooLarge(path, size)
    return PartialFile.create(path)
  }
}

class PartialFile implements FileSink {
  readonly #path: string
  readonly #partPath: string
  readonly #handle: FileHandle
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #writing: Promise<void> | undefined
  #error: PeerError | undefined
  #state: 'open' | 'published' | 'disposed' = 'open'

  /** The name is unguessable, exclusive and not followed: nobody can plant a link where the data will go. */
  static async create(path: string): Promise<PartialFile> {
    const partPath = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.part`)
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    try {
      return new PartialFile(path, partPath, await open(partPath, flags, 0o600))
    } catch (cause) {
      throw new PeerError('OUTPUT_UNWRITABLE', `Cannot create ${path}: ${describeSystemError(cause)}.`, {
        cause,
      })
    }
  }

  private constructor(path: string, partPath: string, handle: FileHandle) {
    this.#path = path
    this.#partPath = partPath
    this.#handle = handle
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#error) throw this.#error
    this.#pending.push(chunk)
    this.#pendingBytes += chunk.byteLength
    this.#writing ??= this.#writePending()
    if (this.#pendingBytes > MAX_PENDING_BYTES) await this.#written()
  }

  async publish(): Promise<string> {
    await this.#written()
    try {
      await this.#handle.sync()
      await this.#handle.chmod(0o666 & ~process.umask())
      await this.#handle.close()
      await publishWithoutReplacing(this.#partPath, this.#path)
      this.#state = 'published'
      await syncDirectory(dirname(this.#path))
    } catch (cause) {
      if (systemErrorCode(cause) === 'EEXIST') throw alreadyExists(this.#path)
      throw ioError(this.#path, cause)
    }
    return this.#path
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'disposed'
    await this.#writing?.catch(() => undefined)
    await this.#handle.close().catch(() => undefined)
    await unlink(this.#partPath).catch(() => undefined)
  }

  async #written(): Promise<void> {
    await this.#writing
    if (this.#error) throw this.#error
  }

  /** One write at a time with all that has gathered meanwhile: small chunks share a system call. */
  async #writePending(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const chunks = this.#pending
        const bytes = this.#pendingBytes
        this.#pending = []
        await writeAll(this.#handle, chunks)
        this.#pendingBytes -= bytes
      }
    } catch (cause) {
      this.#error = ioError(this.#path, cause)
    } finally {
      this.#writing = undefined
    }
  }
}

async function writeAll(handle: FileHandle, chunks: Uint8Array[]): Promise<void> {
  const expected = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const { bytesWritten } = await handle.writev(chunks)
  if (bytesWritten < expected) await handle.writeFile(Buffer.concat(chunks).subarray(bytesWritten))
}

async function targetPath(output: string, name: string): Promise<string> {
  const asDirectory = /[/\\]$/.test(output)
  try {
    if (asDirectory) await mkdir(output, { recursive: true })
    const isDirectory = asDirectory || (await stat(output)).isDirectory()
    return resolve(isDirectory ? join(output, name) : output)
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return resolve(output)
    throw new PeerError('OUTPUT_UNWRITABLE', `Cannot write to ${output}: ${describeSystemError(cause)}.`, {
      cause,
    })
  }
}

async function rejectExisting(path: string): Promise<void> {
  const exists = await lstat(path).then(
    () => true,
    () => false,
  )
  if (exists) throw alreadyExists(path)
}

async function rejectTooLarge(path: string, size: number): Promise<void> {
  const free = await freeBytes(dirname(path))
  if (free >= size * SPARE_SPACE_RATIO) return
  throw new PeerError('NO_SPACE', `${path} needs ${size} bytes, ${dirname(path)} has ${free} free.`, {
    hint: 'Free some space or choose another place with -o.',
  })
}

async function freeBytes(directory: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  } catch (cause) {
    throw new PeerError('OUTPUT_UNWRITABLE', `Cannot write to ${directory}: ${describeSystemError(cause)}.`, {
      cause,
    })
  }
}

/** link(2) fails with EEXIST where rename(2) would replace; file systems without links get check-then-rename. */
async function publishWithoutReplacing(partPath: string, path: string): Promise<void> {
  try {
    await link(partPath, path)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemErrorCode(error) ?? '')) throw error
    await rejectExisting(path)
    return rename(partPath, path)
  }
  return unlink(partPath)
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some file systems cannot sync a directory; the file itself is synced.
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}

function alreadyExists(path: string): PeerError {
  return new PeerError('OUTPUT_EXISTS', `${path} exists already and is left as it is.`, {
    hint: 'Choose another place with -o.',
  })
}

function ioError(path: string, cause: unknown): PeerError {
  if (cause instanceof PeerError) return cause
  const code = ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(cause) ?? '') ? 'NO_SPACE' : 'IO_ERROR'
  return new PeerError(code, `Cannot write ${path}: ${describeSystemError(cause)}.`, { cause })
}

import { constants, existsSync } from 'node:fs'
import { lstat, mkdir, open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { PeerError } from '../../errors.js'
import { describeSystemError, systemErrorCode } from './system-error.js'

/** Permission bits a directory needs while files are created in it. */
export const OWNER_BITS = 0o700

/** Names under the number of an open directory are looked up in that directory, wherever its path leads by now. */
const OPEN_FILES = '/proc/self/fd'

/**
 * A directory that is held open, so that nobody can put a link in its place between the look at it and the use of it.
 * Where the system has no such paths (macOS, Windows) its components are looked at instead.
 */
export class AnchoredDirectory implements AsyncDisposable {
  readonly #handle: FileHandle
  readonly #path: string
  #state: 'open' | 'closed' = 'open'

  /**
   * Goes from `root`, which may be a link, down through `names`, of which none may be; with `create` makes those that
   * are missing. UNSAFE_PATH for a link or a file among them, OUTPUT_UNWRITABLE for what else stands in the way.
   */
  static async open(
    root: string,
    names: readonly string[],
    { create = false }: { create?: boolean } = {},
  ): Promise<AnchoredDirectory> {
    let directory = await AnchoredDirectory.#openOne(root, root, 0)
    for (const name of names) {
      await using parent = directory
      directory = await parent.#below(name, create)
    }
    return directory
  }

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  /** A path to this name in the directory, for the file system; people are shown another. */
  at(name: string): string {
    // The number of a closed one may be that of another by now.
    if (this.#state === 'closed')
      throw new PeerError('INTERNAL', `${this.#path} is used after it was closed.`)
    return hasOpenFilePaths() ? `${OPEN_FILES}/${this.#handle.fd}/${name}` : join(this.#path, name)
  }

  async setModeAndTime(mode: number, mtimeMs: number): Promise<void> {
    await this.#handle.chmod(mode)
    await this.#handle.utimes(new Date(), new Date(mtimeMs))
  }

  /** Makes the names in it last through a power failure, where the file system can. */
  async sync(): Promise<void> {
    try {
      await this.#handle.sync()
    } catch (error) {
      if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR'].includes(systemErrorCode(error) ?? '')) throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#handle.close().catch(() => undefined)
  }

  async #below(name: string, create: boolean): Promise<AnchoredDirectory> {
    const path = join(this.#path, name)
    if (create) await createOne(this.at(name), path)
    if (!hasOpenFilePaths() && (await lstat(path)).isSymbolicLink()) throw notADirectory(path)
    const directory = await AnchoredDirectory.#openOne(this.at(name), path, constants.O_NOFOLLOW)
    if (create) await directory.#makeWritable()
    return directory
  }

  /** Its final mode may not let even its owner create files in it. */
  async #makeWritable(): Promise<void> {
    const { mode } = await this.#handle.stat()
    if ((mode & OWNER_BITS) !== OWNER_BITS) await this.#handle.chmod((mode & 0o7777) | OWNER_BITS)
  }

  static async #openOne(address: string, path: string, flags: number): Promise<AnchoredDirectory> {
    try {
      const handle = await open(address, constants.O_RDONLY | constants.O_DIRECTORY | flags)
      return new AnchoredDirectory(handle, path)
    } catch (cause) {
      if (['ELOOP', 'ENOTDIR'].includes(systemErrorCode(cause) ?? '')) throw notADirectory(path)
      throw unwritable(path, cause)
    }
  }
}

let openFilePaths: boolean | undefined

function hasOpenFilePaths(): boolean {
  openFilePaths ??= existsSync(OPEN_FILES)
  return openFilePaths
}

async function createOne(address: string, path: string): Promise<void> {
  try {
    await mkdir(address)
  } catch (cause) {
    if (systemErrorCode(cause) !== 'EEXIST') throw unwritable(path, cause)
  }
}

function notADirectory(path: string): PeerError {
  return new PeerError('UNSAFE_PATH', `${path} is not a directory, and nothing is written through it.`, {
    hint: 'Choose another place with -o.',
  })
}

function unwritable(path: string, cause: unknown): PeerError {
  return new PeerError('OUTPUT_UNWRITABLE', `Cannot write to ${path}: ${describeSystemError(cause)}.`, {
    cause,
  })
}

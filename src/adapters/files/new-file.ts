import { constants } from 'node:fs'
import { open, stat, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PeerError } from '../../errors.js'
import { freeName } from './free-name.js'
import type { NewFilePolicy } from './new-file-policy.js'
import { ioError } from './partial-file.js'
import { describeCreateError, systemErrorCode } from './system-error.js'

/** A file of this run's making, at the path it is meant to have. */
export interface NewFile extends AsyncDisposable {
  /** Another one than asked for where `rename` had to choose. */
  readonly path: string
  /** Writes behind what was written before. Rejects with NO_SPACE or IO_ERROR. */
  append(...chunks: Uint8Array[]): Promise<void>
  /** Writes over what is there. */
  overwrite(bytes: Uint8Array, offset: number): Promise<void>
  /** Bytes; also what another process wrote into it. */
  size(): Promise<number>
}

export interface NewFileOptions {
  onConflict: NewFilePolicy
  /** What named the path. */
  option: string
}

/**
 * Creates the file, so that a path that cannot be written is known at once: OUTPUT_EXISTS or OUTPUT_UNWRITABLE, both
 * 73. What is there is replaced only with `overwrite`, and then with the first write. One that is still empty when it
 * is disposed goes away again.
 */
export async function createNewFile(path: string, options: NewFileOptions): Promise<NewFile> {
  const { onConflict, option } = options
  try {
    if (onConflict === 'overwrite') return new CreatedFile(path, await openExisting(path))
    const free =
      onConflict === 'rename' ? join(dirname(path), await freeName(dirname(path), basename(path))) : path
    return new CreatedFile(free, await open(free, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL))
  } catch (cause) {
    if (cause instanceof PeerError) throw cause
    if (systemErrorCode(cause) === 'EEXIST') throw exists(path, option)
    throw new PeerError(
      'OUTPUT_UNWRITABLE',
      `Cannot create ${path} (${option}): ${describeCreateError(cause, path)}.`,
      { cause },
    )
  }
}

class CreatedFile implements NewFile {
  readonly path: string
  readonly #handle: FileHandle
  #length = 0
  #state: 'new' | 'written' | 'closed' = 'new'

  constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  async append(...chunks: Uint8Array[]): Promise<void> {
    try {
      if (this.#state === 'new') await this.#handle.truncate(0)
      this.#state = 'written'
      for (const chunk of chunks) this.#length += await writeAll(this.#handle, chunk, this.#length)
    } catch (cause) {
      throw ioError(this.path, cause)
    }
  }

  async overwrite(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      await writeAll(this.#handle, bytes, offset)
    } catch (cause) {
      throw ioError(this.path, cause)
    }
  }

  async size(): Promise<number> {
    try {
      return (await this.#handle.stat()).size
    } catch (cause) {
      throw ioError(this.path, cause)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    const isEmpty = await this.size().then(
      (bytes) => bytes === 0,
      () => false,
    )
    await this.#handle.close().catch(() => undefined)
    if (isEmpty) await unlink(this.path).catch(() => undefined)
  }
}

/** For what is replaced: opening a pipe or a device would wait for its reader or do more than write. */
async function openExisting(path: string): Promise<FileHandle> {
  const before = await stat(path).catch(() => undefined)
  if (before && !before.isFile() && !before.isDirectory()) {
    throw new PeerError('OUTPUT_UNWRITABLE', `${path} is not a regular file.`, {
      hint: 'Name a file that is new, or that can be replaced.',
    })
  }
  return open(path, constants.O_RDWR | constants.O_CREAT)
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<number> {
  for (let written = 0; written < bytes.byteLength;) {
    const rest = bytes.byteLength - written
    written += (await handle.write(bytes, written, rest, offset + written)).bytesWritten
  }
  return bytes.byteLength
}

function exists(path: string, option: string): PeerError {
  return new PeerError('OUTPUT_EXISTS', `${path} (${option}) exists already and is left as it is.`, {
    hint: 'Choose another name, or say what to do with --on-conflict rename or overwrite.',
  })
}

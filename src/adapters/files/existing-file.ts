import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { ExistingFile } from '../../transfer/ports.js'
import { alreadyExists, ioError } from './partial-file.js'

export interface ExistingFileOptions {
  /** Told of a file that differs and is kept; without it that is an error. */
  onKept: ((path: string) => void) | undefined
}

/** Opens a file that stands under its final name, to be compared with what is sent; a link is not followed. */
export async function openExistingFile(path: string, { onKept }: ExistingFileOptions): Promise<ExistingFile> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (cause) {
    throw ioError(path, cause)
  }
  return {
    path,
    async read(target, offset) {
      const { bytesRead } = await handle.read(target, 0, target.byteLength, offset)
      return bytesRead
    },
    keepDifferent() {
      if (!onKept) throw alreadyExists(path)
      onKept(path)
    },
    [Symbol.asyncDispose]: () => handle.close().catch(() => undefined),
  }
}

import { randomUUID } from 'node:crypto'
import { realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { openForWriting, writeFailure } from './output-file.js'

/** A file that is written whole, several times. */
export interface SnapshotFile {
  /** Whether a snapshot replaces the one before; not where the path is a device or a pipe, which takes one only. */
  readonly isReplaceable: boolean
  /** Puts a new content in place of the old at once; rejects with NO_SPACE or IO_ERROR, and the old one stays. */
  write(pieces: Iterable<string>): Promise<void>
}

/** Prepares a file for snapshots, before the run, so that a path that cannot be written costs none. */
export async function openSnapshotFile(path: string, option: string): Promise<SnapshotFile> {
  const handle = await openForWriting(path, option)
  const isReplaceable = (await handle.stat()).isFile()
  await handle.close()
  // A link stays one: what it leads to is replaced.
  const target = isReplaceable ? await realpath(path) : path
  return {
    isReplaceable,
    async write(pieces) {
      try {
        if (isReplaceable) await replace(target, pieces)
        else await writeFile(target, pieces)
      } catch (cause) {
        throw writeFailure(cause, path, option)
      }
    },
  }
}

async function replace(path: string, pieces: Iterable<string>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await writeFile(temporary, pieces, { flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

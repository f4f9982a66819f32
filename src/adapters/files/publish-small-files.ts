import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  openSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { WholeFile } from '../../transfer/ports.js'
import type { AnchoredDirectory } from './anchored-directory.js'
import { giveName } from './give-name.js'
import type { GroupSync } from './group-sync.js'
import { alreadyExists, ioError, isOurs, notOurs, PERMISSION_BITS } from './partial-file.js'
import { systemErrorCode } from './system-error.js'
import { syncTogether } from './sync-together.js'

/** So long nothing else is done; the calls take microseconds, and handing each to a thread several times as much. */
const SLICE_MS = 8

/** A small file, its final path, and what it is called until it is synced. */
export interface PlacedFile extends WholeFile {
  path: string
  partName: string
}

export interface PublishSmallFilesOptions {
  /** Opens the directory of a path. */
  anchor: (directory: string) => Promise<AnchoredDirectory>
  /** Replace what stands there. */
  overwrite: boolean
  together: GroupSync | undefined
  /** Others follow soon. */
  more: boolean
}

/**
 * Writes small files under temporary names, syncs all of them, and then gives them their final names. Rejects with
 * OUTPUT_EXISTS, NO_SPACE or IO_ERROR; those without a final name are there to be resumed.
 */
export async function publishSmallFiles(
  files: readonly PlacedFile[],
  { anchor, overwrite, together, more }: PublishSmallFilesOptions,
): Promise<void> {
  const umask = process.umask()
  // The directories are not held open over the sync: there can be more of them than a process may have open.
  await inDirectories(files, anchor, (directory, file) => writePart(directory, file, umask))
  const syncOne = async (file: PlacedFile) => {
    await using directory = await anchor(dirname(file.path))
    await syncPart(directory, file)
  }
  await syncTogether(files, { syncOne, together, more })
  await inDirectories(files, anchor, (directory, file) => namePart(directory, file, overwrite))
}

/** Works on files in slices, with the directory of each held open. */
async function inDirectories(
  files: readonly PlacedFile[],
  anchor: PublishSmallFilesOptions['anchor'],
  work: (directory: AnchoredDirectory, file: PlacedFile) => void,
): Promise<void> {
  let startedMs = performance.now()
  for (const inside of byDirectory(files)) {
    await using directory = await anchor(inside.path)
    for (const file of inside.files) {
      work(directory, file)
      if (performance.now() - startedMs < SLICE_MS) continue
      await nextTurn()
      startedMs = performance.now()
    }
  }
}

/** Those that follow one another in the same directory, as they do in a manifest. */
function* byDirectory(files: readonly PlacedFile[]): Generator<{ path: string; files: PlacedFile[] }> {
  let inside: { path: string; files: PlacedFile[] } | undefined
  for (const file of files) {
    const path = dirname(file.path)
    if (inside?.path !== path) {
      if (inside) yield inside
      inside = { path, files: [] }
    }
    inside.files.push(file)
  }
  if (inside) yield inside
}

function writePart(
  directory: AnchoredDirectory,
  { partName, path, content, entry }: PlacedFile,
  umask: number,
): void {
  try {
    const file = openPart(directory.at(partName), join(dirname(path), partName))
    try {
      for (let written = 0; written < content.byteLength;)
        written += writeSync(file, content, written, content.byteLength - written, written)
      fchmodSync(file, entry.mode & PERMISSION_BITS & ~umask)
      futimesSync(file, new Date(), new Date(entry.mtimeMs))
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    throw ioError(path, cause)
  }
}

/** A new file, or what an earlier attempt of this user left there, emptied. */
function openPart(address: string, path: string): number {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW
  try {
    return openSync(address, flags | constants.O_CREAT | constants.O_EXCL, 0o600)
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error
  }
  const file = openSync(address, flags)
  if (isOurs(fstatSync(file, { bigint: true }))) {
    ftruncateSync(file)
    return file
  }
  closeSync(file)
  throw notOurs(path)
}

async function syncPart(directory: AnchoredDirectory, { partName, path }: PlacedFile): Promise<void> {
  try {
    await using handle = await open(directory.at(partName), constants.O_RDWR | constants.O_NOFOLLOW)
    await handle.sync()
  } catch (cause) {
    throw ioError(path, cause)
  }
}

function namePart(directory: AnchoredDirectory, { partName, path }: PlacedFile, overwrite: boolean): void {
  try {
    giveName(directory.at(partName), directory.at(basename(path)), { overwrite })
  } catch (cause) {
    if (systemErrorCode(cause) === 'EEXIST') throw alreadyExists(path)
    throw ioError(path, cause)
  }
}

import type { BigIntStats } from 'node:fs'
import { lstat, open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { PeerError } from '../../errors.js'
import type { ManifestEntry } from '../../transfer/manifest.js'
import type { FileSource, SourceTree } from '../../transfer/ports.js'
import { describeSystemError } from './system-error.js'

export interface SourceTreeOptions {
  /** Told what is left out: links and special files inside directories. */
  onSkipped?: (path: string, why: string) => void
}

interface Listed {
  entry: ManifestEntry
  path: string
  stats: BigIntStats
}

/**
 * Lists files and directories for sending. A name given here is followed where it is a link; links inside a
 * directory are left out. INPUT_UNREADABLE says what stands in the way, USAGE that two would get the same name.
 */
export async function openSourceTree(
  paths: readonly string[],
  { onSkipped = () => undefined }: SourceTreeOptions = {},
): Promise<SourceTree> {
  const listed: Listed[] = []
  const names = new Set<string>()
  for (const path of paths) {
    const name = basename(resolve(path))
    if (names.has(name))
      throw new PeerError('USAGE', `Two of the paths would arrive as ${JSON.stringify(name)}.`)
    names.add(name)
    const stats = await statOf(path)
    if (!stats.isFile() && !stats.isDirectory()) {
      throw new PeerError('INPUT_UNREADABLE', `Cannot send ${path}: it is neither a file nor a directory.`)
    }
    await list(path, name, stats, { listed, onSkipped })
  }
  return {
    entries: listed.map(({ entry }) => entry),
    open: (index) => openListed(listed, index),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

interface Listing {
  listed: Listed[]
  onSkipped: (path: string, why: string) => void
}

async function list(path: string, name: string, stats: BigIntStats, listing: Listing): Promise<void> {
  const isDirectory = stats.isDirectory()
  listing.listed.push({ path, stats, entry: entryOf(name, stats) })
  if (!isDirectory) return
  for (const child of await namesIn(path)) {
    const childPath = join(path, child)
    const childStats = await lstat(childPath, { bigint: true })
    if (childStats.isSymbolicLink()) listing.onSkipped(childPath, 'it is a symbolic link')
    else if (!childStats.isFile() && !childStats.isDirectory())
      listing.onSkipped(childPath, 'it is a special file')
    else await list(childPath, `${name}/${child}`, childStats, listing)
  }
}

function entryOf(path: string, stats: BigIntStats): ManifestEntry {
  const isFile = stats.isFile()
  return {
    path,
    type: isFile ? 'file' : 'directory',
    size: isFile ? Number(stats.size) : 0,
    mode: Number(stats.mode & 0o777n),
    mtimeMs: Number(stats.mtimeMs),
  }
}

async function openListed(listed: readonly Listed[], index: number): Promise<FileSource> {
  const found = listed[index]
  if (!found) throw new PeerError('INTERNAL', `There is no file ${index} to send.`)
  const handle = await openForReading(found.path)
  return new OpenFile(found, handle)
}

class OpenFile implements FileSource {
  readonly #listed: Listed
  readonly #handle: FileHandle

  constructor(listed: Listed, handle: FileHandle) {
    this.#listed = listed
    this.#handle = handle
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    let bytes = 0
    try {
      while (bytes < target.byteLength) {
        const { bytesRead } = await this.#handle.read(
          target,
          bytes,
          target.byteLength - bytes,
          offset + bytes,
        )
        if (bytesRead === 0) break
        bytes += bytesRead
      }
    } catch (cause) {
      throw new PeerError('IO_ERROR', `Cannot read ${this.#listed.path}: ${describeSystemError(cause)}.`, {
        cause,
      })
    }
    return bytes
  }

  async assertUnchanged(): Promise<void> {
    const { stats, path } = this.#listed
    const now = await this.#handle.stat({ bigint: true })
    if (now.size === stats.size && now.mtimeNs === stats.mtimeNs && now.ino === stats.ino) return
    throw new PeerError('SOURCE_CHANGED', `${path} changed while it was being sent.`, {
      hint: 'Send it again when nothing writes to it.',
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }
}

async function statOf(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true })
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    // In an order of their own, so that the same directory is the same manifest on every machine.
    return (await readdir(path)).toSorted()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): PeerError {
  return new PeerError('INPUT_UNREADABLE', `Cannot read ${path}: ${describeSystemError(cause)}.`, { cause })
}

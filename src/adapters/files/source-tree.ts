import { open, type FileHandle } from 'node:fs/promises'
import { PeerError } from '../../errors.js'
import { ManifestReader } from '../../transfer/manifest.js'
import type { FileSource, SourceTree } from '../../transfer/ports.js'
import type { SymlinkPolicy } from '../../transfer/safe-link.js'
import { listTree, unreadable, type Listed } from './list-tree.js'
import { createPathFilter } from './path-filter.js'
import { describeSystemError } from './system-error.js'

export interface SourceTreeOptions {
  /** What is left out, as in a `.gitignore`. */
  exclude?: readonly string[]
  /** What becomes of links inside directories. */
  symlinks?: SymlinkPolicy
  /** Told what is left out although nobody asked for that: links and special files inside directories. */
  onSkipped?: (path: string, why: string) => void
}

/**
 * Lists files and directories for sending. INPUT_UNREADABLE says what stands in the way, USAGE that two would get the
 * same name or that nothing is left, UNSAFE_PATH that no receiver would take a name.
 */
export async function openSourceTree(
  paths: readonly string[],
  { exclude = [], symlinks = 'skip', onSkipped = () => undefined }: SourceTreeOptions = {},
): Promise<SourceTree> {
  const listed = await listTree(paths, { isExcluded: createPathFilter(exclude), symlinks, onSkipped })
  if (listed.length === 0) {
    throw new PeerError('USAGE', `Nothing is left to send: --exclude takes all of ${paths.join(', ')}.`)
  }
  const entries = listed.map(({ entry }) => entry)
  rejectUnsendable(listed)
  return {
    entries,
    open: (index) => openListed(listed, index),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** What every receiver refuses is better said before there is one. */
function rejectUnsendable(listed: readonly Listed[]): void {
  const reader = new ManifestReader({ maxFiles: Infinity, maxBytes: Infinity, allowHidden: true })
  for (const { entry, path } of listed) {
    try {
      reader.add([entry])
    } catch (cause) {
      const why = cause instanceof PeerError ? cause.message : String(cause)
      throw new PeerError('UNSAFE_PATH', `Cannot send ${path}. No receiver takes it: ${why}`, {
        hint: 'Rename it, or leave it out with --exclude.',
        cause,
      })
    }
  }
}

async function openListed(listed: readonly Listed[], index: number): Promise<FileSource> {
  const found = listed[index]
  if (!found) throw new PeerError('INTERNAL', `There is no file ${index} to send.`)
  return new OpenFile(found, await openForReading(found.path))
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

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

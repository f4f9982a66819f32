import { open, type FileHandle } from 'node:fs/promises'
import { PeerError } from '../../errors.js'
import { ManifestReader } from '../../transfer/manifest.js'
import type { FileSource, SourceTree } from '../../transfer/ports.js'
import type { SymlinkPolicy } from '../../transfer/safe-link.js'
import { listTree, READ_FLAGS, unreadable, type Listed } from './list-tree.js'
import { createPathFilter } from './path-filter.js'
import { assertSame, readSmallFile } from './read-small-file.js'
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
    open: async (index) => {
      const found = listedAt(listed, index)
      return new OpenFile(found, await openForReading(found.path))
    },
    readSmall: (index, target) => readSmallFile(listedAt(listed, index), target),
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

function listedAt(listed: readonly Listed[], index: number): Listed {
  const found = listed[index]
  if (found) return found
  throw new PeerError('INTERNAL', `There is no file ${index} to send.`)
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
      await this.assertUnchanged() // of something else it means nothing
      throw new PeerError('IO_ERROR', `Cannot read ${this.#listed.path}: ${describeSystemError(cause)}.`, {
        cause,
      })
    }
    return bytes
  }

  async assertUnchanged(): Promise<void> {
    assertSame(await this.#handle.stat({ bigint: true }), this.#listed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, READ_FLAGS)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

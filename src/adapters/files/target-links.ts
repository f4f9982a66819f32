import type { Stats } from 'node:fs'
import { readlink, symlink, unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ManifestEntry } from '../../transfer/manifest.js'
import type { AnchoredDirectory } from './anchored-directory.js'
import type { ConflictPolicy } from './conflict-policy.js'
import { alreadyExists, ioError } from './partial-file.js'
import { systemErrorCode } from './system-error.js'

export interface TargetLinksOptions {
  /** Links are created only with `keep`. */
  symlinks: 'skip' | 'keep'
  onConflict: ConflictPolicy
  /** Told of a link that is not created. */
  onSkipped: (path: string, why: string) => void
  /** Told of a link that leads elsewhere and is left as it is. */
  onKept: (path: string) => void
}

/** The symbolic links of a transfer: created when everything else is there, so that nothing is written through one. */
export class TargetLinks {
  readonly #options: TargetLinksOptions
  readonly #wanted: { path: string; target: string }[] = []

  constructor(options: TargetLinksOptions) {
    this.#options = options
  }

  /** Takes a link for later; `stats` says what stands in its place. Throws OUTPUT_EXISTS. */
  prepare({ target }: ManifestEntry, path: string, stats: Stats | undefined): void {
    const { symlinks, onConflict, onSkipped } = this.#options
    if (symlinks === 'skip' || target === undefined) {
      return onSkipped(path, 'it is a symbolic link, and only --symlinks keep creates those')
    }
    if (stats && (!stats.isSymbolicLink() || onConflict === 'rename')) throw alreadyExists(path)
    this.#wanted.push({ path, target })
  }

  /** Creates them; `anchor` opens the directory each of them goes to. */
  async create(anchor: (path: string) => Promise<AnchoredDirectory>): Promise<void> {
    for (const { path, target } of this.#wanted) {
      await using directory = await anchor(path)
      await this.#createOne(path, directory.at(basename(path)), target)
    }
  }

  async #createOne(path: string, address: string, target: string): Promise<void> {
    const { onConflict, onKept } = this.#options
    const there = await readlink(address).catch(() => undefined)
    if (there === target) return
    if (there !== undefined && onConflict === 'skip') return onKept(path)
    if (there !== undefined && onConflict !== 'overwrite') throw alreadyExists(path)
    try {
      if (there !== undefined) await unlink(address)
      await symlink(target, address)
    } catch (cause) {
      if (systemErrorCode(cause) === 'EEXIST') throw alreadyExists(path)
      throw ioError(path, cause)
    }
  }
}

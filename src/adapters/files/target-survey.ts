import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PeerError } from '../../errors.js'
import type { ManifestEntry } from '../../transfer/manifest.js'
import type { PreparedFiles } from '../../transfer/ports.js'
import type { ConflictPolicy } from './conflict-policy.js'
import { alreadyExists } from './partial-file.js'
import { partNameOf } from './part-name.js'
import type { TargetLinks } from './target-links.js'
import type { TargetPlaces } from './target-places.js'

/** The unit of `blocks` in a stat, whatever that of the file system is. */
const STAT_BLOCK_BYTES = 512

export interface TargetSurveyOptions {
  places: TargetPlaces
  links: TargetLinks
  onConflict: ConflictPolicy
  /** False leaves what an earlier attempt left. */
  resume: boolean
  /** Whether files keep their times: where they do not, times say nothing. */
  preserve: boolean
}

/** What stands where the entries go. */
export interface TargetSurvey extends PreparedFiles {
  /** Paths of entries whose place is taken by a file that they replace as far as they differ from it. */
  replaced: ReadonlySet<string>
  /** What the parts of earlier attempts take on the disk: the files need so much less. */
  partBytes: number
}

/** Looks at the place of every entry and changes nothing. Rejects with OUTPUT_EXISTS or UNSAFE_PATH. */
export async function surveyTarget(
  entries: readonly ManifestEntry[],
  options: TargetSurveyOptions,
): Promise<TargetSurvey> {
  const surveyor = new Surveyor(options)
  const survey = { partial: [] as number[], existing: [] as number[], replaced: surveyor.replaced }
  for (const [index, entry] of entries.entries()) {
    const found = await surveyor.look(entry)
    if (found) survey[found].push(index)
  }
  return { ...survey, partBytes: surveyor.partBytes }
}

class Surveyor {
  readonly replaced = new Set<string>()
  partBytes = 0
  readonly #options: TargetSurveyOptions
  /** Directories, and whether they are there: in one that is not there is nothing to look for. */
  readonly #there = new Map<string, Promise<boolean>>()

  constructor(options: TargetSurveyOptions) {
    this.#options = options
    this.#there.set(options.places.root, Promise.resolve(true))
  }

  /** What is there to be compared with what is sent, if anything. */
  async look(entry: ManifestEntry): Promise<keyof PreparedFiles | undefined> {
    const { places, links } = this.#options
    const path = places.pathOf(entry)
    const isParentThere = await this.#isThere(dirname(path))
    const stats = isParentThere ? await lstat(path).catch(() => undefined) : undefined
    if (entry.type === 'directory') {
      if (stats && !stats.isDirectory()) throw alreadyExists(path)
      return undefined
    }
    if (entry.type === 'symlink') {
      links.prepare(entry, path, stats)
      return undefined
    }
    if (stats) return this.#lookAtTaken(entry, path, stats)
    if (entry.type === 'stream' || !isParentThere) return undefined
    return (await this.#hasPart(entry, path)) ? 'partial' : undefined
  }

  /** A link among the parents would lead out of the target. */
  #isThere(directory: string): Promise<boolean> {
    const known = this.#there.get(directory)
    if (known) return known
    const looking = this.#lookAtDirectory(directory)
    this.#there.set(directory, looking)
    return looking
  }

  async #lookAtDirectory(path: string): Promise<boolean> {
    if (!(await this.#isThere(dirname(path)))) return false
    const stats = await lstat(path).catch(() => undefined)
    if (!stats || stats.isDirectory()) return stats !== undefined
    throw new PeerError('UNSAFE_PATH', `${path} is not a directory, and nothing is written through it.`, {
      hint: 'Choose another place with -o.',
    })
  }

  /** Whether an earlier attempt left something that is taken up. */
  async #hasPart(entry: ManifestEntry, path: string): Promise<boolean> {
    if (!this.#options.resume) return false
    const part = await lstat(join(dirname(path), partNameOf(path, entry))).catch(() => undefined)
    if (part === undefined || part.size === 0) return false
    this.partBytes += Math.min(part.blocks * STAT_BLOCK_BYTES, entry.size)
    return true
  }

  /** The name is taken: by the same file, by one that is replaced or kept, or by what must not be touched. */
  async #lookAtTaken(
    entry: ManifestEntry,
    path: string,
    stats: Stats,
  ): Promise<keyof PreparedFiles | undefined> {
    const { onConflict, resume } = this.#options
    if (!stats.isFile()) throw alreadyExists(path)
    const isFile = entry.type === 'file' || entry.type === 'text'
    switch (onConflict) {
      case 'fail':
        // Whatever differs in size or time is another file; what does not is compared.
        if (isFile && stats.size === entry.size && this.#mayBeSame(stats, entry)) return 'existing'
        throw alreadyExists(path)
      case 'skip':
        if (isFile) return 'existing'
        throw alreadyExists(path)
      case 'overwrite':
        if (!isFile || !resume) return undefined
        if (!(await this.#hasPart(entry, path))) this.replaced.add(entry.path)
        return 'partial'
      case 'rename':
        throw alreadyExists(path)
      default:
        return onConflict satisfies never
    }
  }

  #mayBeSame({ mtimeMs }: Stats, entry: ManifestEntry): boolean {
    return !this.#options.preserve || isSameTime(mtimeMs, entry.mtimeMs)
  }
}

/** File systems keep times with different precision. */
function isSameTime(leftMs: number, rightMs: number): boolean {
  return Math.floor(leftMs / 1000) === Math.floor(rightMs / 1000)
}

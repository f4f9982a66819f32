import { dirname, join, relative, sep } from 'node:path'
import { PeerError } from '../../errors.js'
import { totalBytes, type ManifestEntry } from '../../transfer/manifest.js'
import type { ExistingFile, FileSink, PreparedFiles, TargetTree, WholeFile } from '../../transfer/ports.js'
import { AnchoredDirectory } from './anchored-directory.js'
import type { ConflictPolicy } from './conflict-policy.js'
import { openExistingFile } from './existing-file.js'
import { rejectTooLarge } from './free-space.js'
import { GroupSync, type SyncFileSystem } from './group-sync.js'
import { ioError, PartialFile } from './partial-file.js'
import { partNameOf } from './part-name.js'
import { publishSmallFiles } from './publish-small-files.js'
import { ReplacementFile } from './replacement-file.js'
import { syncTogether } from './sync-together.js'
import { TargetLinks } from './target-links.js'
import { placeEntries, type TargetPlaces } from './target-places.js'
import { surveyTarget } from './target-survey.js'

/** As a new file, with what the umask leaves of it. */
const NEW_FILE_MODE = 0o666

export interface TargetTreeOptions {
  onConflict?: ConflictPolicy
  /** False begins every file anew and leaves what an earlier attempt left. */
  resume?: boolean
  /** With `skip`: told of a file that is there with other content and is left as it is. */
  onKept?: (path: string) => void
  /** Links are created only with `keep`. */
  symlinks?: 'skip' | 'keep'
  /** Told of a link that is not created. */
  onSkipped?: (path: string, why: string) => void
  /** False gives files the modes and times of new ones. */
  preserve?: boolean
  /** How many files are synced at once; without it each is synced by itself. */
  syncFileSystem?: SyncFileSystem
}

/**
 * Files go into `output` when it is an existing directory, ends in a slash, or more than one name comes; else
 * `output` is the one file's own path. Nothing that exists is replaced unless `onConflict` says so.
 */
export function openTargetTree(output: string, options: TargetTreeOptions = {}): DirectoryTree {
  return new DirectoryTarget(output, options)
}

export interface DirectoryTree extends TargetTree {
  /** Partial files that are not open and wait to be taken up. */
  readonly leftParts: readonly string[]
}

class DirectoryTarget implements DirectoryTree {
  readonly #output: string
  readonly #onConflict: ConflictPolicy
  readonly #resume: boolean
  readonly #onKept: (path: string) => void
  readonly #preserve: boolean
  readonly #links: TargetLinks
  readonly #syncFileSystem: SyncFileSystem | undefined
  readonly #created = new Set<string>()
  readonly #left = new Set<string>()
  /** Paths of entries whose place is taken by a file that they replace as far as they differ from it. */
  #replaced: ReadonlySet<string> = new Set()
  #places: TargetPlaces | undefined
  #groupSync: GroupSync | undefined

  constructor(
    output: string,
    {
      onConflict = 'fail',
      resume = true,
      onKept = () => undefined,
      symlinks = 'skip',
      onSkipped = () => undefined,
      preserve = true,
      syncFileSystem,
    }: TargetTreeOptions,
  ) {
    this.#output = output
    this.#onConflict = onConflict
    this.#resume = resume
    this.#onKept = onKept
    this.#links = new TargetLinks({ symlinks, onConflict, onSkipped, onKept })
    this.#preserve = preserve
    this.#syncFileSystem = syncFileSystem
  }

  get leftParts(): readonly string[] {
    return [...this.#left]
  }

  async prepare(entries: readonly ManifestEntry[]): Promise<PreparedFiles> {
    const onConflict = this.#onConflict
    const places = await placeEntries(entries, this.#output, { rename: onConflict === 'rename' })
    this.#places = places
    const sync = this.#syncFileSystem
    this.#groupSync = sync && new GroupSync(() => sync(places.root))
    const { partial, existing, replaced, partBytes } = await surveyTarget(entries, {
      places,
      links: this.#links,
      onConflict,
      resume: this.#resume,
      preserve: this.#preserve,
    })
    this.#replaced = replaced
    const there = existing.reduce((sum, index) => sum + (entries[index]?.size ?? 0), 0)
    await rejectTooLarge(places.root, totalBytes(entries) - there - partBytes)
    for (const entry of entries) {
      const path = places.pathOf(entry)
      if (entry.type !== 'symlink')
        await this.#createDirectory(entry.type === 'directory' ? path : dirname(path))
    }
    return { partial, existing }
  }

  openFile(offered: ManifestEntry): Promise<FileSink> {
    const path = this.#pathOf(offered)
    const overwrite = this.#onConflict === 'overwrite'
    const partName = partNameOf(path, offered)
    const entry = this.#wanted(offered)
    const part = join(dirname(path), partName)
    const onLeft = () => void this.#left.add(part)
    const openPart = async () => {
      const directory = await this.#anchor(dirname(path))
      this.#left.delete(part)
      return PartialFile.open({ directory, partName, path, entry, overwrite, onLeft })
    }
    return this.#replaced.has(entry.path) ? ReplacementFile.open({ path, entry, openPart }) : openPart()
  }

  async publishSmall(files: readonly WholeFile[], { more }: { more: boolean }): Promise<string[]> {
    const placed = files.map(({ entry, content }) => {
      const path = this.#pathOf(entry)
      return { entry: this.#wanted(entry), content, path, partName: partNameOf(path, entry) }
    })
    await publishSmallFiles(placed, {
      anchor: (directory) => this.#anchor(directory),
      overwrite: this.#onConflict === 'overwrite',
      together: this.#groupSync,
      more,
    })
    return placed.map(({ path }) => path)
  }

  openExisting(entry: ManifestEntry): Promise<ExistingFile> {
    const onKept = this.#onConflict === 'skip' ? this.#onKept : undefined
    return openExistingFile(this.#pathOf(entry), { onKept })
  }

  /** The names first: giving a directory its mode can take the right to open it, and innermost to change what is inside. */
  async finish(entries: readonly ManifestEntry[]): Promise<void> {
    await this.#links.create((path) => this.#anchor(dirname(path), { create: true }))
    const parents = new Set(entries.map((entry) => dirname(this.#pathOf(entry))))
    const syncOne = async (path: string) => {
      await using directory = await this.#anchor(path)
      await directory.sync()
    }
    await syncTogether([...parents], { syncOne, together: this.#groupSync, more: false })
    for (const entry of entries.toReversed()) {
      if (entry.type === 'directory' && this.#preserve) await this.#setModeAndTime(entry)
    }
  }

  async #setModeAndTime(entry: ManifestEntry): Promise<void> {
    const path = this.#pathOf(entry)
    try {
      await using directory = await this.#anchor(path)
      await directory.setModeAndTime(entry.mode & 0o777 & ~process.umask(), entry.mtimeMs)
    } catch (cause) {
      throw ioError(path, cause)
    }
  }

  /** The modes and times that a file is to get; what an earlier attempt left is found by those that were offered. */
  #wanted(offered: ManifestEntry): ManifestEntry {
    return this.#preserve ? offered : { ...offered, mode: NEW_FILE_MODE, mtimeMs: Date.now() }
  }

  async #createDirectory(path: string): Promise<void> {
    if (this.#created.has(path)) return
    await using directory = await this.#anchor(path, { create: true })
    void directory // it only had to be there
    this.#created.add(path)
  }

  /** Holds a directory of the target open, reached from its root without following a link. */
  #anchor(path: string, options?: { create?: boolean }): Promise<AnchoredDirectory> {
    const { root } = this.#known
    const names = relative(root, path)
      .split(sep)
      .filter((name) => name !== '')
    return AnchoredDirectory.open(root, names, options)
  }

  #pathOf(entry: ManifestEntry): string {
    return this.#known.pathOf(entry)
  }

  get #known(): TargetPlaces {
    if (this.#places) return this.#places
    throw new PeerError('INTERNAL', 'The target was not prepared.')
  }
}

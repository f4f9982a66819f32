import type { Stats } from 'node:fs'
import { chmod, lstat, mkdir, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { PeerError } from '../../errors.js'
import { hasContent, totalBytes, type ManifestEntry } from '../../transfer/manifest.js'
import type { ExistingFile, FileSink, PreparedFiles, TargetTree } from '../../transfer/ports.js'
import { AnchoredDirectory } from './anchored-directory.js'
import type { ConflictPolicy } from './conflict-policy.js'
import { openExistingFile } from './existing-file.js'
import { freeName } from './free-name.js'
import { alreadyExists, ioError, PartialFile } from './partial-file.js'
import { ReplacementFile } from './replacement-file.js'
import { partNameOf } from './part-name.js'
import { TargetLinks } from './target-links.js'
import { describeSystemError, systemErrorCode } from './system-error.js'

/** Kept free on the target's file system beyond the announced size. */
const SPARE_SPACE_RATIO = 1.05

/** As a new file, with what the umask leaves of it. */
const NEW_FILE_MODE = 0o666

/** Permission bits a directory needs while files are created in it. */
const OWNER_BITS = 0o700

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
}

/**
 * Files go into `output` when it is an existing directory, ends in a slash, or more than one name comes; else
 * `output` is the one file's own path. Nothing that exists is replaced unless `onConflict` says so.
 */
export function openTargetTree(output: string, options: TargetTreeOptions = {}): TargetTree {
  return new DirectoryTarget(output, options)
}

class DirectoryTarget implements TargetTree {
  readonly #output: string
  readonly #onConflict: ConflictPolicy
  readonly #resume: boolean
  readonly #onKept: (path: string) => void
  readonly #preserve: boolean
  readonly #paths = new Map<string, string>()
  /** Entries whose place is taken by a file that they replace as far as they differ from it. */
  readonly #replaced = new Set<string>()
  readonly #created = new Set<string>()
  readonly #links: TargetLinks
  #root = ''

  constructor(
    output: string,
    {
      onConflict = 'fail',
      resume = true,
      onKept = () => undefined,
      symlinks = 'skip',
      onSkipped = () => undefined,
      preserve = true,
    }: TargetTreeOptions,
  ) {
    this.#output = output
    this.#onConflict = onConflict
    this.#resume = resume
    this.#onKept = onKept
    this.#links = new TargetLinks({ symlinks, onConflict, onSkipped, onKept })
    this.#preserve = preserve
  }

  async prepare(entries: readonly ManifestEntry[]): Promise<PreparedFiles> {
    await this.#placeEntries(entries)
    const prepared: PreparedFiles = { partial: [], existing: [] }
    for (const [index, entry] of entries.entries()) {
      const found = await this.#prepareEntry(entry)
      if (found) prepared[found].push(index)
    }
    const there = prepared.existing.reduce((sum, index) => sum + (entries[index]?.size ?? 0), 0)
    await this.#rejectTooLarge(totalBytes(entries) - there)
    return prepared
  }

  openFile(offered: ManifestEntry): Promise<FileSink> {
    const path = this.#pathOf(offered)
    const overwrite = this.#onConflict === 'overwrite'
    const partName = partNameOf(path, offered)
    const entry = this.#preserve ? offered : { ...offered, mode: NEW_FILE_MODE, mtimeMs: Date.now() }
    const openPart = async () =>
      PartialFile.open({ directory: await this.#anchor(dirname(path)), partName, path, entry, overwrite })
    return this.#replaced.has(entry.path) ? ReplacementFile.open({ path, entry, openPart }) : openPart()
  }

  openExisting(entry: ManifestEntry): Promise<ExistingFile> {
    const onKept = this.#onConflict === 'skip' ? this.#onKept : undefined
    return openExistingFile(this.#pathOf(entry), { onKept })
  }

  /** Innermost first: giving a directory its mode can take the right to change what is inside. */
  async finish(entries: readonly ManifestEntry[]): Promise<void> {
    await this.#links.create((path) => this.#anchor(dirname(path), { create: true }))
    for (const entry of entries.toReversed()) {
      if (entry.type !== 'directory' || !this.#preserve) continue
      const path = this.#pathOf(entry)
      try {
        await using directory = await this.#anchor(path)
        await directory.setModeAndTime(entry.mode & 0o777 & ~process.umask(), entry.mtimeMs)
      } catch (cause) {
        throw ioError(path, cause)
      }
    }
    await using root = await this.#anchor(this.#root)
    await root.sync()
  }

  /** Where each entry goes; with `rename`, a top-level name that is taken gets a number. */
  async #placeEntries(entries: readonly ManifestEntry[]): Promise<void> {
    const tops = new Set(entries.map(({ path }) => topOf(path)))
    const single = entries.length === 1 && entries.every(hasContent)
    const isDirectory = /[/\\]$/.test(this.#output) || !single || (await isExistingDirectory(this.#output))
    this.#root = resolve(isDirectory ? this.#output : dirname(resolve(this.#output)))
    if (isDirectory) await createDirectories(this.#root)
    const names = new Map<string, string>()
    for (const top of tops) {
      const name = isDirectory ? top : basename(this.#output)
      names.set(top, this.#onConflict === 'rename' ? await freeName(this.#root, name) : name)
    }
    for (const { path } of entries) {
      const [top = '', ...rest] = path.split('/')
      this.#paths.set(path, join(this.#root, names.get(top) ?? top, ...rest))
    }
  }

  /** Creates directories, looks at files; what is there to be compared with what is sent, if anything. */
  async #prepareEntry(entry: ManifestEntry): Promise<keyof PreparedFiles | undefined> {
    const path = this.#pathOf(entry)
    await this.#rejectLinks(dirname(path))
    const stats = await lstat(path).catch(() => undefined)
    if (entry.type === 'directory') {
      if (stats && !stats.isDirectory()) throw alreadyExists(path)
      await this.#createDirectory(path)
      return undefined
    }
    if (entry.type === 'symlink') {
      this.#links.prepare(entry, path, stats)
      return undefined
    }
    if (stats) return this.#prepareTaken(entry, path, stats)
    await this.#createDirectory(dirname(path))
    if (entry.type === 'stream') return undefined
    return (await this.#hasPart(entry, path)) ? 'partial' : undefined
  }

  /** Whether an earlier attempt left something that is taken up. */
  async #hasPart(entry: ManifestEntry, path: string): Promise<boolean> {
    const part = await lstat(join(dirname(path), partNameOf(path, entry))).catch(() => undefined)
    return this.#resume && part !== undefined && part.size > 0
  }

  /** The name is taken: by the same file, by one that is replaced or kept, or by what must not be touched. */
  async #prepareTaken(
    entry: ManifestEntry,
    path: string,
    stats: Stats,
  ): Promise<keyof PreparedFiles | undefined> {
    if (!stats.isFile()) throw alreadyExists(path)
    const isFile = entry.type === 'file' || entry.type === 'text'
    switch (this.#onConflict) {
      case 'fail':
        // Whatever differs in size or time is another file; what does not is compared.
        if (isFile && stats.size === entry.size && this.#mayBeSame(stats, entry)) return 'existing'
        throw alreadyExists(path)
      case 'skip':
        if (isFile) return 'existing'
        throw alreadyExists(path)
      case 'overwrite':
        if (!isFile || !this.#resume) return undefined
        if (!(await this.#hasPart(entry, path))) this.#replaced.add(entry.path)
        return 'partial'
      case 'rename':
        throw alreadyExists(path)
      default:
        return this.#onConflict satisfies never
    }
  }

  /** Where times are not kept they say nothing. */
  #mayBeSame(stats: Stats, entry: ManifestEntry): boolean {
    return !this.#preserve || isSameTime(stats.mtimeMs, entry.mtimeMs)
  }

  async #createDirectory(path: string): Promise<void> {
    if (this.#created.has(path)) return
    await using directory = await this.#anchor(path, { create: true })
    void directory // it only had to be there
    this.#created.add(path)
  }

  /** Holds a directory of the target open, reached from its root without following a link. */
  #anchor(path: string, options?: { create?: boolean }): Promise<AnchoredDirectory> {
    const names = relative(this.#root, path)
      .split(sep)
      .filter((name) => name !== '')
    return AnchoredDirectory.open(this.#root, names, options)
  }

  /** A link among the parents would lead out of the target. */
  async #rejectLinks(directory: string): Promise<void> {
    for (let path = directory; path.length > this.#root.length; path = dirname(path)) {
      const stats = await lstat(path).catch(() => undefined)
      if (stats && !stats.isDirectory()) {
        throw new PeerError('UNSAFE_PATH', `${path} is not a directory, and nothing is written through it.`, {
          hint: 'Choose another place with -o.',
        })
      }
    }
  }

  async #rejectTooLarge(bytes: number): Promise<void> {
    const free = await freeBytes(this.#root)
    if (free >= bytes * SPARE_SPACE_RATIO) return
    throw new PeerError('NO_SPACE', `The files need ${bytes} bytes, ${this.#root} has ${free} free.`, {
      hint: 'Free some space or choose another place with -o.',
    })
  }

  #pathOf({ path }: ManifestEntry): string {
    const placed = this.#paths.get(path)
    if (placed?.startsWith(this.#root + sep) || (placed && this.#root === sep)) return placed
    throw new PeerError('INTERNAL', `There is no place for ${JSON.stringify(path)}.`)
  }
}

/** File systems keep times with different precision. */
function isSameTime(leftMs: number, rightMs: number): boolean {
  return Math.floor(leftMs / 1000) === Math.floor(rightMs / 1000)
}

function topOf(path: string): string {
  return path.split('/', 1)[0] ?? path
}

async function isExistingDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return false
    throw new PeerError('OUTPUT_UNWRITABLE', `Cannot write to ${path}: ${describeSystemError(cause)}.`, {
      cause,
    })
  }
}

async function createDirectories(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    const { mode } = await stat(path)
    if ((mode & OWNER_BITS) !== OWNER_BITS) await chmod(path, mode | OWNER_BITS)
  } catch (cause) {
    throw new PeerError('OUTPUT_UNWRITABLE', `Cannot create ${path}: ${describeSystemError(cause)}.`, {
      cause,
    })
  }
}

async function freeBytes(directory: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  } catch (cause) {
    throw new PeerError('OUTPUT_UNWRITABLE', `Cannot write to ${directory}: ${describeSystemError(cause)}.`, {
      cause,
    })
  }
}

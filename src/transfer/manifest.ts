import * as v from 'valibot'
import { PeerError } from '../errors.js'
import { safeLinkTarget } from './safe-link.js'
import { safePath, type SafePathOptions } from './safe-path.js'

/** One file or directory of a transfer, a stream, a text, or a link. Devices and owners are never sent. */
export interface ManifestEntry {
  /** Relative, with `/` between components; the first component is a name that was given on the command line. */
  path: string
  /** A stream is a file of which nobody knows how long it will be, a text one to be shown; they travel alone. */
  type: 'file' | 'directory' | 'stream' | 'text' | 'symlink'
  /** Bytes; 0 for a directory, and for a stream, whose length comes with its hash. */
  size: number
  /** The permission bits of the owner's side (`rwxrwxrwx`); the receiver takes of them what it allows. */
  mode: number
  /** Last change of the content, ms since the epoch. */
  mtimeMs: number
  /** Where a symbolic link leads. */
  target?: string | undefined
}

export interface ManifestLimits extends SafePathOptions {
  maxFiles: number
  maxBytes: number
}

/** What a receiver takes unless it is told otherwise. */
export const DEFAULT_MANIFEST_LIMITS: ManifestLimits = {
  maxFiles: 100_000,
  maxBytes: Number.MAX_SAFE_INTEGER,
}

/** Serialised paths of all entries together: a manifest must not be a way to fill the receiver's memory. */
const MAX_PATH_BYTES = 16 * 1024 * 1024

/** A text is shown whole. */
export const MAX_TEXT_BYTES = 64 * 1024

/** One message of the manifest stays well under what every peer takes. */
export const ENTRIES_PER_MESSAGE = 200

const safeInteger = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export const manifestEntrySchema = v.object({
  path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
  type: v.picklist(['file', 'directory', 'stream', 'text', 'symlink']),
  size: safeInteger,
  mode: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o777)),
  mtimeMs: v.pipe(v.number(), v.finite()),
  target: v.optional(v.pipe(v.string(), v.maxLength(4096))),
})

/** Total bytes of the files, as far as they are known. */
export function totalBytes(entries: readonly ManifestEntry[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0)
}

/** Total bytes, null where a stream leaves that open. */
export function expectedBytes(entries: readonly ManifestEntry[]): number | null {
  return entries.some(({ type }) => type === 'stream') ? null : totalBytes(entries)
}

/**
 * Files up to this size go together: several in a frame, in memory until they are known to be right, synced together.
 * Beyond it a file's own frames, its own sync and the rest of its own work cost little beside its bytes.
 */
const SMALL_FILE_BYTES = 64 * 1024

export function isSmallFile({ type, size }: ManifestEntry): boolean {
  return type === 'file' && size <= SMALL_FILE_BYTES
}

/** Whether the entry has content; a directory and a link have none. */
export function hasContent({ type }: ManifestEntry): boolean {
  return type === 'file' || type === 'stream' || type === 'text'
}

/** The files of a manifest as events list them; how long a stream is nobody knows yet. */
export function listFiles(entries: readonly ManifestEntry[]): { name: string; bytes: number | null }[] {
  return entries
    .filter(hasContent)
    .map(({ path, type, size }) => ({ name: path, bytes: type === 'stream' ? null : size }))
}

/** Collects what a sender lists and holds it to the rules before anything is created. */
export class ManifestReader {
  readonly #limits: ManifestLimits
  readonly #entries: ManifestEntry[] = []
  /** By case-folded path, so that two entries never mean one file on a file system that ignores case. */
  readonly #types = new Map<string, ManifestEntry['type']>()
  /** Everything that has something inside. */
  readonly #parents = new Set<string>()
  #bytes = 0
  #pathBytes = 0

  constructor(limits: ManifestLimits = DEFAULT_MANIFEST_LIMITS) {
    this.#limits = limits
  }

  get entries(): readonly ManifestEntry[] {
    return this.#entries
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Takes some entries in order; UNSAFE_PATH, TOO_LARGE or PROTOCOL_VIOLATION for what cannot be. */
  add(entries: readonly ManifestEntry[]): void {
    for (const entry of entries) this.#addEntry(this.#safe(entry))
  }

  #safe(entry: ManifestEntry): ManifestEntry {
    const path = safePath(entry.path, this.#limits)
    if (entry.type !== 'symlink') return { ...entry, path, target: undefined }
    return { ...entry, path, target: safeLinkTarget(path, entry.target ?? '', this.#limits) }
  }

  #addEntry(entry: ManifestEntry): void {
    this.#bytes += entry.size
    this.#pathBytes += entry.path.length + (entry.target?.length ?? 0)
    const { maxFiles, maxBytes } = this.#limits
    if (this.#entries.length >= maxFiles || this.#pathBytes > MAX_PATH_BYTES) {
      throw new PeerError('TOO_LARGE', `The peer offers more than ${maxFiles} files and directories.`, {
        hint: 'Raise --max-files if that is wanted.',
      })
    }
    if (this.#bytes > maxBytes) {
      throw new PeerError('TOO_LARGE', `The peer offers more than ${maxBytes} bytes.`, {
        hint: 'Raise --max-size if that is wanted.',
      })
    }
    const isSized = entry.type === 'file' || entry.type === 'text'
    if (!isSized && entry.size !== 0) throw violation(entry, `is a ${entry.type} with a size`)
    if (entry.type === 'text' && entry.size > MAX_TEXT_BYTES) throw violation(entry, 'is too long for a text')
    const [first] = this.#entries
    if (first && (travelsAlone(first) || travelsAlone(entry)))
      throw violation(entry, 'goes with a stream or a text, which travel alone')
    this.#claim(entry)
    this.#entries.push(entry)
  }

  #claim(entry: ManifestEntry): void {
    const key = foldCase(entry.path)
    if (this.#types.has(key)) throw violation(entry, 'is listed twice')
    if (entry.type !== 'directory' && this.#parents.has(key))
      throw violation(entry, `is a ${entry.type} with something inside`)
    for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
      const parent = key.slice(0, end)
      const around = this.#types.get(parent) ?? 'directory'
      if (around !== 'directory') throw violation(entry, `lies inside a ${around}`)
      this.#parents.add(parent)
    }
    this.#types.set(key, entry.type)
  }
}

function travelsAlone({ type }: ManifestEntry): boolean {
  return type === 'stream' || type === 'text'
}

function foldCase(path: string): string {
  return path.normalize('NFC').toLowerCase()
}

function violation({ path }: ManifestEntry, what: string): PeerError {
  return new PeerError(
    'PROTOCOL_VIOLATION',
    `The peer's list of files is broken: ${JSON.stringify(path)} ${what}.`,
  )
}

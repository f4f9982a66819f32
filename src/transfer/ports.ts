import type { AbortOptions } from '../async/abortable.js'
import type { ManifestEntry } from './manifest.js'
import type { ByteRange } from './range-set.js'

/** What is sent: a list of entries, whose files can be opened by their place in it. */
export interface SourceTree extends AsyncDisposable {
  readonly entries: readonly ManifestEntry[]
  /** What the one entry reads from where it is a stream. */
  readonly stream?: StreamSource
  /** Opens the file of this entry. Rejects with INPUT_UNREADABLE or SOURCE_CHANGED. */
  open(index: number): Promise<FileSource>
  /**
   * Fills `target` with the whole file of this entry, at once; where that is not possible, small files are opened too.
   * Throws INPUT_UNREADABLE or SOURCE_CHANGED.
   */
  readSmall?(index: number, target: Uint8Array): void
}

/** A file to send, open. Disposing closes it. */
export interface FileSource extends AsyncDisposable {
  /** Fills `target` from `offset`, short only at the end of the file; resolves with the bytes read. */
  read(target: Uint8Array, offset: number): Promise<number>
  /** Rejects with SOURCE_CHANGED when the file is no longer the one that was listed. */
  assertUnchanged(): Promise<void>
}

/** Bytes that come in order, and of which nobody knows how many. */
export interface StreamSource {
  /** Reads no further ahead than the consumer asks. Rejects with INPUT_UNREADABLE or the signal's reason. */
  chunks(options: AbortOptions): AsyncIterable<Uint8Array>
}

/** Where files go. */
export interface TargetTree {
  /** Every file is written in order and never read back: the target is a pipe. */
  readonly inOrder?: boolean
  /**
   * Looks at the place of every entry before anything is created: what exists already, whether there is room; then
   * creates the directories. Rejects with OUTPUT_EXISTS, UNSAFE_PATH, OUTPUT_UNWRITABLE or NO_SPACE.
   */
  prepare(entries: readonly ManifestEntry[], options?: AbortOptions): Promise<PreparedFiles>
  /** Opens the file of this entry under a temporary name, with what an earlier attempt left there. */
  openFile(entry: ManifestEntry): Promise<FileSink>
  /**
   * Writes small files whole, of which the hashes were compared, syncs them and gives them their final names; resolves
   * with their paths when all of that is done; with `more` it may wait for those that come next. Without it each is
   * opened like any other.
   */
  publishSmall?(files: readonly WholeFile[], options: { more: boolean }): Promise<string[]>
  /** Opens a file that `prepare` found in place. */
  openExisting?(entry: ManifestEntry): Promise<ExistingFile>
  /** Gives directories the modes and times that writing into them changed; resolves when all is on disk. */
  finish(entries: readonly ManifestEntry[]): Promise<void>
}

/** A file that is in memory as a whole. */
export interface WholeFile {
  entry: ManifestEntry
  content: Uint8Array
}

/** What is there before the first byte comes, by the numbers of the files. */
export interface PreparedFiles {
  /** Parts are there: they are compared group by group, and what differs is sent. */
  partial: number[]
  /** The whole file may be there: only its hash is wanted. */
  existing: number[]
}

/** A file that stands under its final name. */
export interface ExistingFile extends AsyncDisposable {
  readonly path: string
  /** Resolves with the bytes read, 0 at the end. */
  read(target: Uint8Array, offset: number): Promise<number>
  /** It turned out to be another one: throws OUTPUT_EXISTS unless it is to be kept. */
  keepDifferent(): void
}

/** A file being received. Disposing without `publish` closes it and keeps what can be resumed. */
export interface FileSink extends AsyncDisposable {
  /** Bytes an earlier attempt (or an equal file under the final name) left; to be compared before they count. */
  readonly existingBytes: number
  /** Resolves when there is room for the next chunk. The chunk belongs to the sink from here. */
  write(chunk: Uint8Array, offset: number): Promise<void>
  /** A range of what was there already belongs to the file. */
  keep?(range: ByteRange): Promise<void>
  /** Reads back what is there; resolves with the bytes read. */
  read(target: Uint8Array, offset: number): Promise<number>
  /** Syncs and gives the file its final name; resolves with its path, null where it has none. */
  publish(): Promise<string | null>
  /** Removes what was written: it is known to be wrong. */
  discard(): Promise<void>
}

/** A compression, chunk by chunk. */
export interface ChunkCodec {
  encode(chunk: Uint8Array): Promise<Uint8Array>
  /** Rejects with PROTOCOL_VIOLATION, and without unfolding more, where that is not exactly so many bytes. */
  decode(encoded: Uint8Array, contentBytes: number): Promise<Uint8Array>
}

/** A running SHA-256. */
export interface Hash {
  update(chunk: Uint8Array): void
  digestHex(): string
}

export type CreateHash = () => Hash

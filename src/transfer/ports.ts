import type { AbortOptions } from '../async/abortable.js'

/** A file to send, open. Disposing closes it. */
export interface FileSource extends AsyncDisposable {
  /** The name the receiver is told: the last component of the path. */
  readonly name: string
  /** Bytes, as of opening. */
  readonly size: number
  /** Fills `target` from `offset`, short only at the end of the file; resolves with the bytes read. */
  read(target: Uint8Array, offset: number): Promise<number>
  /** Rejects with SOURCE_CHANGED when the file is no longer the one that was opened. */
  assertUnchanged(): Promise<void>
}

/** A file being received, under a temporary name. Disposing without `publish` removes it. */
export interface FileSink extends AsyncDisposable {
  /** Resolves when there is room for the next chunk, in order of the calls. The chunk belongs to the sink from here. */
  write(chunk: Uint8Array): Promise<void>
  /** Syncs and gives the file its final name without replacing anything; resolves with its path. */
  publish(): Promise<string>
}

/** Opens the place for a file that was offered; rejects when it must not or cannot be created. */
export type OpenFileSink = (file: { name: string; size: number }, options?: AbortOptions) => Promise<FileSink>

/** A running SHA-256. */
export interface Hash {
  update(chunk: Uint8Array): void
  digestHex(): string
}

export type CreateHash = () => Hash

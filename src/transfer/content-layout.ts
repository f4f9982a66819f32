import { PeerError } from '../errors.js'
import { hasContent, type ManifestEntry } from './manifest.js'

/** A part of one file. */
export interface FileRange {
  file: number
  offset: number
  byteLength: number
}

/** Bytes of one file. */
export interface FilePart {
  file: number
  offset: number
  chunk: Uint8Array
}

/**
 * Which files the bytes of a frame belong to: what goes beyond the end of its file is of the next ones in the
 * manifest, so that one frame carries many small files.
 */
export class ContentLayout {
  readonly #entries: readonly ManifestEntry[]
  /** Where the content of each entry begins in that of all of them together; directories and links have none. */
  readonly #starts: number[] = []
  #totalBytes = 0

  constructor(entries: readonly ManifestEntry[]) {
    this.#entries = entries
    for (const { size } of entries) {
      this.#starts.push(this.#totalBytes)
      this.#totalBytes += size
    }
  }

  /** PROTOCOL_VIOLATION for a file that was not offered, DATA_MISMATCH for more bytes than were announced. */
  split({ file, offset, chunk }: FilePart): FilePart[] {
    let done = 0
    return this.locate({ file, offset, byteLength: chunk.byteLength }).map((part) => {
      const start = done
      done += part.byteLength
      return { file: part.file, offset: part.offset, chunk: chunk.subarray(start, done) }
    })
  }

  /** The same without the bytes. */
  locate({ file, offset, byteLength }: FileRange): FileRange[] {
    const entry = this.#entries[file]
    if (!entry || !hasContent(entry))
      throw new PeerError('PROTOCOL_VIOLATION', `The sender means file ${file}, which was not offered.`)
    // Nobody knows where a stream ends before it does.
    if (entry.type === 'stream' || offset + byteLength <= entry.size) return [{ file, offset, byteLength }]
    const start = this.#startOf(file) + offset
    if (start + byteLength > this.#totalBytes) throw tooMuch(entry)
    const parts: FileRange[] = []
    for (let done = 0; done < byteLength;) {
      const at = this.#fileAt(start + done)
      const inFile = start + done - this.#startOf(at)
      const length = Math.min((this.#entries[at]?.size ?? 0) - inFile, byteLength - done)
      parts.push({ file: at, offset: inFile, byteLength: length })
      done += length
    }
    return parts
  }

  #startOf(file: number): number {
    return this.#starts[file] ?? this.#totalBytes
  }

  /** The last entry that begins at or before this byte of all of them: those that begin with it are empty but for one. */
  #fileAt(position: number): number {
    let [low, high] = [0, this.#starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#startOf(middle) <= position) low = middle
      else high = middle
    }
    return low
  }
}

function tooMuch({ path, size }: ManifestEntry): PeerError {
  return new PeerError(
    'DATA_MISMATCH',
    `The sender sent more than the ${size} bytes it announced for ${JSON.stringify(path)}.`,
  )
}

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { PeerError } from '../../errors.js'
import { describeSystemError } from './system-error.js'

/** A file's pictures come by the megabyte: large pieces cost fewer turns of the event loop. */
const CHUNK_BYTES = 1024 * 1024

/** Raw media to read. */
export interface MediaBytes extends AsyncDisposable {
  /** What errors call it. */
  readonly name: string
  /** From the beginning, where it has one; the reading before ends. Reading throws INPUT_UNREADABLE. */
  open(): AsyncIterable<Uint8Array>
}

/** Throws INPUT_UNREADABLE where `path` names no file that can be opened. */
export async function checkMediaFile(path: string): Promise<void> {
  try {
    const facts = await stat(path)
    if (facts.isDirectory()) throw unreadable(path, 'it is a directory')
  } catch (cause) {
    if (cause instanceof PeerError) throw cause
    throw unreadable(path, describeSystemError(cause), cause)
  }
}

/** A file, which can be read from its beginning again and again; see `checkMediaFile`. */
export function fileBytes(path: string): MediaBytes {
  let stream: ReturnType<typeof createReadStream> | undefined
  return {
    name: path,
    open() {
      stream?.destroy()
      stream = createReadStream(path, { highWaterMark: CHUNK_BYTES })
      return readWithSentence(stream, path)
    },
    async [Symbol.asyncDispose]() {
      stream?.destroy()
    },
  }
}

/** A stream that comes once, such as standard input. */
export function onceBytes(stream: Readable, name: string): MediaBytes {
  return {
    name,
    open: () => readWithSentence(stream, name),
    async [Symbol.asyncDispose]() {
      stream.destroy()
    },
  }
}

async function* readWithSentence(
  stream: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* stream
  } catch (cause) {
    throw unreadable(path, describeSystemError(cause), cause)
  }
}

function unreadable(path: string, reason: string, cause?: unknown): PeerError {
  return new PeerError('INPUT_UNREADABLE', `Cannot read ${path}: ${reason}.`, { cause })
}

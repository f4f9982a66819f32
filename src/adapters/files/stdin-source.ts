import type { Readable } from 'node:stream'
import { abortable, type AbortOptions } from '../../async/abortable.js'
import { deferred } from '../../async/deferred.js'
import { PeerError } from '../../errors.js'
import type { SourceTree } from '../../transfer/ports.js'
import { describeSystemError } from './system-error.js'

/** What a stream asks of the other side's file: read and write, as far as the umask there lets it. */
const MODE = 0o666

/**
 * A standard input, or another stream, for sending under this name. It is read only as fast as it is sent: what the
 * producer writes beyond that waits in the producer.
 */
export function openStdinSource(input: Readable, name: string): SourceTree {
  return {
    entries: [{ path: name, type: 'stream', size: 0, mode: MODE, mtimeMs: Date.now() }],
    stream: { chunks: (options) => readChunks(input, options) },
    open: () => Promise.reject(new PeerError('INTERNAL', 'A stream is not opened as a file.')),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Takes what is there, however little, and waits only where nothing is: a line typed arrives as a line. */
async function* readChunks(input: Readable, { signal }: AbortOptions): AsyncGenerator<Uint8Array> {
  let changed = deferred()
  const wake = () => {
    changed.resolve()
    changed = deferred()
  }
  let error: Error | undefined
  const onError = (thrown: Error) => {
    error = thrown
    wake()
  }
  input.on('readable', wake).on('end', wake).on('close', wake).on('error', onError)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { promise } = changed
      const chunk: unknown = input.read()
      if (chunk instanceof Uint8Array) yield chunk
      else if (error) throw unreadable(error)
      else if (input.readableEnded) return
      else if (input.destroyed) throw unreadable(new Error('it was closed'))
      else await abortable(promise, signal)
    }
  } finally {
    input.off('readable', wake).off('end', wake).off('close', wake).off('error', onError)
  }
}

function unreadable(cause: Error): PeerError {
  return new PeerError('IO_ERROR', `Cannot read standard input: ${describeSystemError(cause)}.`, { cause })
}

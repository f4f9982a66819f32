import type { Writable } from 'node:stream'
import { PeerError } from '../../errors.js'
import { hasContent } from '../../transfer/manifest.js'
import type { FileSink, TargetTree } from '../../transfer/ports.js'
import { describeSystemError, systemErrorCode } from './system-error.js'

/** One file or stream, written to a standard output in order and no faster than that is read. */
export function openStdoutTarget(output: Writable): TargetTree {
  return {
    inOrder: true,
    async prepare(entries) {
      const files = entries.filter(hasContent).length
      if (entries.length === 1 && files === 1) return { partial: [], existing: [] }
      throw new PeerError(
        'OUTPUT_UNWRITABLE',
        `Standard output (-o -) takes one file or stream, and the peer offers ${entries.length} files and directories.`,
        { hint: 'Choose a directory with -o.' },
      )
    },
    openFile: () => Promise.resolve(stdoutSink(output)),
    finish: () => Promise.resolve(),
  }
}

function stdoutSink(output: Writable): FileSink {
  let written: Promise<void> = Promise.resolve()
  return {
    existingBytes: 0,
    write(chunk) {
      // Called back when the reader of a pipe has made room: on pipes Node's standard output does not block.
      written = new Promise((resolve, reject) => {
        output.write(chunk, (error) => (error ? reject(outputError(output.errored ?? error)) : resolve()))
      })
      return written
    },
    read: () => Promise.reject(new PeerError('INTERNAL', 'Standard output is not read back.')),
    async publish() {
      await written
      return null
    },
    discard: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function outputError(cause: Error): PeerError {
  if (systemErrorCode(cause) === 'EPIPE') {
    return new PeerError('CLOSED_PIPE', 'The reader of the output is gone.', { cause })
  }
  return new PeerError('IO_ERROR', `Cannot write to standard output: ${describeSystemError(cause)}.`, {
    cause,
  })
}

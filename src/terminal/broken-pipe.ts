import type { Writable } from 'node:stream'

/**
 * Calls back once when the reader of an output stream is gone (EPIPE, as under `| head -1`) or writing to it fails
 * otherwise. From then on no error of this stream is ever unhandled.
 */
export function onBrokenPipe(stream: Writable, callback: (error: Error) => void): void {
  let notify: typeof callback | undefined = callback
  stream.on('error', (error: Error) => {
    const first = notify
    notify = undefined
    first?.(error)
  })
}

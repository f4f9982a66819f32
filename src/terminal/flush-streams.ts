import { abortable, type AbortOptions } from '../async/abortable.js'
import type { OutputStream } from './color.js'

/** Resolves when what was written to the streams is out, or cannot go out any more. */
export async function flushStreams(
  streams: readonly OutputStream[],
  { signal }: AbortOptions = {},
): Promise<void> {
  const written = streams
    .filter((stream) => stream.writable)
    .map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve())))
  await abortable(Promise.all(written), signal)
}

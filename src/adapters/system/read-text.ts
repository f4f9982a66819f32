import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { abortable } from '../../async/abortable.js'

export interface ReadTextOptions {
  maxBytes: number
  signal: AbortSignal
}

/** Thrown as soon as there is more than `maxBytes`. */
export class TextTooLargeError extends Error {
  override readonly name = 'TextTooLargeError'
}

/** The whole file as UTF-8; rejects with Node's own error where it cannot be read. */
export async function readTextFile(path: string, options: ReadTextOptions): Promise<string> {
  const stream = createReadStream(path, { signal: options.signal })
  try {
    return await readTextStream(stream, options)
  } finally {
    stream.destroy()
  }
}

/** Everything to the end of the stream as UTF-8. */
export async function readTextStream(
  stream: Readable,
  { maxBytes, signal }: ReadTextOptions,
): Promise<string> {
  return abortable(collect(stream, maxBytes), signal)
}

async function collect(stream: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.byteLength
    if (bytes > maxBytes) throw new TextTooLargeError(`more than ${maxBytes} bytes`)
    chunks.push(buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

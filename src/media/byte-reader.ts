import { PeerError } from '../errors.js'

/** Reads a stream of chunks in the pieces its format is made of; one reader at a time. */
export interface ByteReader {
  /**
   * Fills `target`; false where the stream ended before its first byte. Throws INPUT_INVALID where it ends within,
   * unless a part is as good: then the rest of the target stays as it is.
   */
  readInto(target: Uint8Array, options?: { isPartial?: boolean }): Promise<boolean>
  /** ASCII up to the next line feed, without it; null at the end. Throws INPUT_INVALID beyond `maxBytes`. */
  readLine(maxBytes: number): Promise<string | null>
}

const LINE_FEED = 10

/** Each byte is copied once, from the chunk it came in to where it is wanted. `name` is what errors call the stream. */
export function createByteReader(stream: AsyncIterable<Uint8Array>, name: string): ByteReader {
  const chunks = stream[Symbol.asyncIterator]()
  let chunk: Uint8Array = new Uint8Array(0)
  let position = 0

  /** False at the end of the stream. */
  const fetch = async (): Promise<boolean> => {
    while (position === chunk.length) {
      const { done, value } = await chunks.next()
      if (done) return false
      chunk = value
      position = 0
    }
    return true
  }

  return {
    async readInto(target, { isPartial = false } = {}) {
      let filled = 0
      while (filled < target.length) {
        if (!(await fetch())) {
          if (filled === 0) return false
          if (isPartial) return true
          throw truncated(name, filled, target.length)
        }
        const part = chunk.subarray(position, position + target.length - filled)
        target.set(part, filled)
        filled += part.length
        position += part.length
      }
      return true
    },
    async readLine(maxBytes) {
      let line = ''
      while (await fetch()) {
        const end = chunk.indexOf(LINE_FEED, position)
        const stop = end === -1 ? chunk.length : end
        if (line.length + stop - position > maxBytes) {
          throw new PeerError('INPUT_INVALID', `${name} has a line of more than ${maxBytes} bytes.`)
        }
        line += String.fromCharCode(...chunk.subarray(position, stop))
        position = end === -1 ? stop : stop + 1
        if (end !== -1) return line
      }
      if (line === '') return null
      throw truncated(name, line.length, line.length + 1)
    },
  }
}

function truncated(name: string, bytes: number, wanted: number): PeerError {
  return new PeerError(
    'INPUT_INVALID',
    `${name} ends after ${bytes} of the ${wanted} bytes of its last part.`,
    {
      hint: 'It is incomplete: was it copied or recorded to its end?',
    },
  )
}

import { promisify } from 'node:util'
import { constants, createDeflateRaw, inflateRaw, type DeflateRaw } from 'node:zlib'
import { PeerError } from '../../errors.js'
import type { ChunkCodec } from '../../transfer/ports.js'

/** The fastest level: most of what there is to gain, at several times the speed of the default. */
const LEVEL = 1

/** Room for a chunk of 64 KiB that did not become smaller, so that each comes in one part. */
const PART_BYTES = 80 * 1024

/** The least that zlib takes for the size of its parts. */
const MIN_PART_BYTES = 64

const inflate = promisify(inflateRaw)

/**
 * DEFLATE (RFC 1951) of zlib, on the threads of libuv, so that the event loop goes on. A compressor begins with 256 KiB
 * of fresh memory, which takes longer than to compress a chunk: those at rest are used again.
 */
export function createDeflate(): ChunkCodec {
  const atRest: Compressor[] = []
  return {
    async encode(chunk) {
      const compressor = atRest.pop() ?? new Compressor()
      const encoded = await compressor.encode(chunk)
      atRest.push(compressor)
      return encoded
    },
    decode,
  }
}

async function decode(encoded: Uint8Array, contentBytes: number): Promise<Uint8Array> {
  try {
    // One byte more than there may be would be one too many; zlib stops there and allocates no more.
    const maxOutputLength = Math.max(contentBytes, 1)
    // All in one part, and no second one begun.
    const chunkSize = Math.max(contentBytes + 1, MIN_PART_BYTES)
    const chunk = await inflate(encoded, { maxOutputLength, chunkSize })
    if (chunk.byteLength === contentBytes) return chunk
  } catch {
    // Said below: broken and too long are the same to who receives it.
  }
  throw new PeerError(
    'PROTOCOL_VIOLATION',
    `The peer sent a compressed part that is not the ${contentBytes} bytes it says.`,
  )
}

/** Compresses one chunk after the other, each for itself. */
class Compressor {
  readonly #stream: DeflateRaw
  #parts: Uint8Array[] = []

  constructor() {
    this.#stream = createDeflateRaw({ level: LEVEL, chunkSize: PART_BYTES })
    this.#stream.on('data', (part: Uint8Array) => void this.#parts.push(part))
  }

  async encode(chunk: Uint8Array): Promise<Uint8Array> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.once('error', reject)
      this.#stream.write(chunk)
      this.#stream.flush(constants.Z_FINISH, () => {
        this.#stream.off('error', reject)
        resolve()
      })
    })
    const encoded = Buffer.concat(this.#parts)
    this.#parts = []
    this.#stream.reset()
    return encoded
  }
}

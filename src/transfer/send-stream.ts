import type { PieceSender } from './piece-sender.js'
import type { CreateHash, StreamSource } from './ports.js'

/** A stream that came this far is worth further associations. */
const SUBSTANTIAL_BYTES = 4 * 1024 * 1024

export interface SendStreamOptions {
  pieces: PieceSender
  createHash: CreateHash
  /** Called once when a lot has been sent. */
  onSubstantial: () => void
  signal: AbortSignal
}

/** Sends what comes as it comes, no faster than it is taken; resolves with the length and the hash at its end. */
export async function sendStream(
  source: StreamSource,
  file: number,
  { pieces, createHash, onSubstantial, signal }: SendStreamOptions,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash()
  let bytes = 0
  for await (const block of source.chunks({ signal })) {
    hash.update(block)
    await pieces.send({ file, offset: bytes, chunk: block })
    if (bytes < SUBSTANTIAL_BYTES && bytes + block.byteLength >= SUBSTANTIAL_BYTES) onSubstantial()
    bytes += block.byteLength
  }
  return { bytes, sha256: hash.digestHex() }
}

import { PeerError } from '../errors.js'
import type { FileSource } from './ports.js'

/** Fills the block, which is what was listed; SOURCE_CHANGED where there is less by now. */
export async function readWhole(
  file: FileSource,
  block: Uint8Array,
  { offset, path }: { offset: number; path: string },
): Promise<Uint8Array> {
  const bytes = await file.read(block, offset)
  if (bytes === block.byteLength) return block
  throw new PeerError('SOURCE_CHANGED', `${path} became shorter while it was being sent.`, {
    hint: 'Send it again when nothing writes to it.',
  })
}

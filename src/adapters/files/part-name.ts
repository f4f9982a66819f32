import { createHash, randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { ManifestEntry } from '../../transfer/manifest.js'

/** What is left of a name in that of its part: names have 255 bytes. */
const MAX_PART_STEM_BYTES = 200

/** The same for the same file offered again, so that it is found; hidden, and in the directory the file goes to. */
export function partNameOf(path: string, { path: name, type, size, mtimeMs }: ManifestEntry): string {
  // Nobody can say whether the next stream of that name is the same.
  const identity =
    type === 'stream'
      ? randomBytes(4).toString('hex')
      : createHash('sha256')
          .update(JSON.stringify([name, size, mtimeMs]))
          .digest('hex')
          .slice(0, 8)
  return `.${firstBytes(basename(path), MAX_PART_STEM_BYTES)}.${identity}.part`
}

/** As many whole characters as fit into so many bytes of UTF-8. */
function firstBytes(text: string, maxBytes: number): string {
  let fitting = ''
  let bytes = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > maxBytes) break
    fitting += character
  }
  return fitting
}

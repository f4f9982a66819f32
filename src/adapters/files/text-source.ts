import { PeerError } from '../../errors.js'
import { MAX_TEXT_BYTES } from '../../transfer/manifest.js'
import type { FileSource, SourceTree } from '../../transfer/ports.js'

/** What a text is called where the receiver saves it. */
const TEXT_NAME = 'text.txt'

/** A text for sending: whoever receives it without naming a place sees it instead of saving it. USAGE where too long. */
export function openTextSource(text: string): SourceTree {
  const content = new TextEncoder().encode(text)
  if (content.byteLength > MAX_TEXT_BYTES) {
    throw new PeerError('USAGE', `--text takes ${MAX_TEXT_BYTES} bytes, got ${content.byteLength}.`, {
      hint: 'Send it through standard input: send-file -',
    })
  }
  const file: FileSource = {
    async read(target, offset) {
      const part = content.subarray(offset, offset + target.byteLength)
      target.set(part)
      return part.byteLength
    },
    assertUnchanged: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  return {
    entries: [{ path: TEXT_NAME, type: 'text', size: content.byteLength, mode: 0o666, mtimeMs: Date.now() }],
    open: () => Promise.resolve(file),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

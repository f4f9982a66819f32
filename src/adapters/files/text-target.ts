import type { FileSink, TargetTree } from '../../transfer/ports.js'

/**
 * Files go to `files`; a text that was sent as one is not saved but handed to `onText` once it is verified.
 */
export function openTextTarget(files: TargetTree, onText: (text: string) => void): TargetTree {
  return {
    async prepare(entries, options) {
      return entries[0]?.type === 'text' ? { partial: [], existing: [] } : files.prepare(entries, options)
    },
    openFile: async (entry) => (entry.type === 'text' ? textSink(entry.size, onText) : files.openFile(entry)),
    openExisting: (entry) =>
      files.openExisting?.(entry) ?? Promise.reject(new Error('This target compares no files.')),
    async finish(entries) {
      if (entries[0]?.type !== 'text') await files.finish(entries)
    },
  }
}

function textSink(bytes: number, onText: (text: string) => void): FileSink {
  const content = new Uint8Array(bytes)
  return {
    existingBytes: 0,
    async write(chunk, offset) {
      content.set(chunk, offset)
    },
    async read(target, offset) {
      const part = content.subarray(offset, offset + target.byteLength)
      target.set(part)
      return part.byteLength
    },
    async publish() {
      onText(new TextDecoder().decode(content))
      return null
    },
    discard: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

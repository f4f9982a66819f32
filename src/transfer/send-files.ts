import { PeerError } from '../errors.js'
import type { ManifestEntry } from './manifest.js'
import type { Answer } from './offer-files.js'
import type { PieceSender } from './piece-sender.js'
import type { CreateHash, FileSource, SourceTree } from './ports.js'
import { sendStream } from './send-stream.js'
import type { TransferControl } from './transfer-control.js'
import { GROUP_BYTES } from './transfer-message.js'
import type { TransferProgress, TransferSummary } from './transfer-progress.js'

export interface Sending extends Pick<Answer, 'claims' | 'skipped'> {
  pieces: PieceSender
  addMore: () => void
  control: TransferControl
  createHash: CreateHash
  progress: TransferProgress
  signal: AbortSignal
}

/** Sends every file, and its hash as it was read; resolves when the last of them is on its way. */
export async function sendFiles(source: SourceTree, sending: Sending): Promise<TransferSummary['files']> {
  const sent: TransferSummary['files'] = []
  for (const [index, entry] of source.entries.entries()) {
    if (entry.type === 'stream') sent.push(await sendOnlyStream(source, entry, sending))
    if (entry.type !== 'file' && entry.type !== 'text') continue
    await using file = await source.open(index)
    const sha256 = await sendFile(file, index, entry, sending)
    await file.assertUnchanged()
    await sending.control.send({ type: 'hash', file: index, sha256 }, { signal: sending.signal })
    sent.push({ name: entry.path, bytes: entry.size, sha256, path: null })
  }
  return sent
}

async function sendOnlyStream(
  { stream }: SourceTree,
  { path: name }: ManifestEntry,
  sending: Sending,
): Promise<TransferSummary['files'][number]> {
  if (!stream) throw new PeerError('INTERNAL', `There is nothing to read ${JSON.stringify(name)} from.`)
  const { pieces, control, createHash, addMore, signal } = sending
  const options = { pieces, createHash, onSubstantial: addMore, signal }
  const { bytes, sha256 } = await sendStream(stream, 0, options)
  await control.send({ type: 'hash', file: 0, sha256, bytes }, { signal })
  return { name, bytes, sha256, path: null }
}

async function sendFile(
  file: FileSource,
  index: number,
  entry: ManifestEntry,
  sending: Sending,
): Promise<string> {
  const { pieces, control, createHash, progress, claims, skipped, signal } = sending
  pieces.beginFile()
  const hash = createHash()
  const claimed = claims.get(index)
  for await (const { block, offset } of readBlocks(file, entry)) {
    hash.update(block)
    if (skipped.has(index)) {
      signal.throwIfAborted()
      progress.resume(block.byteLength)
      continue
    }
    if (claimed?.has(offset, block, createHash)) {
      await control.send(
        { type: 'matched', file: index, start: offset, end: offset + block.byteLength },
        { signal },
      )
      progress.resume(block.byteLength)
      continue
    }
    await pieces.send({ file: index, offset, chunk: block })
  }
  return hash.digestHex()
}

/** Reads one block ahead of the one being sent, so that the disk and the network work at the same time. */
async function* readBlocks(
  file: FileSource,
  { path, size }: ManifestEntry,
): AsyncGenerator<{ block: Uint8Array; offset: number }> {
  const readAt = (offset: number) => (offset < size ? readBlock(file, path, offset, size) : undefined)
  let next = readAt(0)
  for (let offset = 0; next; offset += GROUP_BYTES) {
    const block = await next
    next = readAt(offset + GROUP_BYTES)
    next?.catch(() => undefined)
    yield { block, offset }
  }
}

async function readBlock(file: FileSource, path: string, offset: number, size: number): Promise<Uint8Array> {
  const block = new Uint8Array(Math.min(GROUP_BYTES, size - offset))
  const bytes = await file.read(block, offset)
  if (bytes === block.byteLength) return block
  throw new PeerError('SOURCE_CHANGED', `${path} became shorter while it was being sent.`, {
    hint: 'Send it again when nothing writes to it.',
  })
}

import { PeerError } from '../errors.js'
import { hasContent, isSmallFile, type ManifestEntry } from './manifest.js'
import type { Answer } from './offer-files.js'
import type { PieceSender } from './piece-sender.js'
import type { CreateHash, FileSource, SourceTree } from './ports.js'
import { readSmallFiles } from './read-small-files.js'
import { readWhole } from './read-whole.js'
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

type SentFiles = TransferSummary['files']

/** Sends every file, and its hash as it was read; resolves when the last of them is on its way. */
export async function sendFiles(source: SourceTree, sending: Sending): Promise<SentFiles> {
  const sent: SentFiles = []
  for (const run of runsOf(source.entries, sending)) {
    if ('small' in run) sent.push(...(await sendSmallFiles(source, run.small, sending)))
    else if (run.entry.type === 'stream') sent.push(await sendOnlyStream(source, run.entry, sending))
    else sent.push(await sendOneFile(source, run.index, run.entry, sending))
  }
  return sent
}

/** Small files of which nothing is there yet follow one another in the same frames; every other file is sent alone. */
type Run = { small: number[] } | { index: number; entry: ManifestEntry }

function* runsOf(
  entries: readonly ManifestEntry[],
  { claims, skipped }: Pick<Sending, 'claims' | 'skipped'>,
): Generator<Run> {
  let small: number[] = []
  for (const [index, entry] of entries.entries()) {
    if (!hasContent(entry)) continue
    if (isSmallFile(entry) && !claims.has(index) && !skipped.has(index)) {
      small.push(index)
      continue
    }
    if (small.length > 0) yield { small }
    small = []
    yield { index, entry }
  }
  if (small.length > 0) yield { small }
}

async function sendSmallFiles(
  source: SourceTree,
  indexes: readonly number[],
  { pieces, control, createHash, signal }: Sending,
): Promise<SentFiles> {
  const sent: SentFiles = []
  for await (const { file, content, hashes } of readSmallFiles(source, indexes, { createHash, signal })) {
    pieces.beginFile()
    await pieces.send({ file, offset: 0, chunk: content })
    await control.send({ type: 'hashes', file, sha256: hashes.map(({ sha256 }) => sha256) }, { signal })
    sent.push(...hashes.map(({ entry, sha256 }) => sentFile(entry, sha256)))
  }
  return sent
}

async function sendOnlyStream(
  { stream }: SourceTree,
  { path: name }: ManifestEntry,
  sending: Sending,
): Promise<SentFiles[number]> {
  if (!stream) throw new PeerError('INTERNAL', `There is nothing to read ${JSON.stringify(name)} from.`)
  const { pieces, control, createHash, addMore, signal } = sending
  const options = { pieces, createHash, onSubstantial: addMore, signal }
  const { bytes, sha256 } = await sendStream(stream, 0, options)
  await control.send({ type: 'hashes', file: 0, sha256: [sha256], bytes }, { signal })
  return { name, bytes, sha256, path: null }
}

async function sendOneFile(
  source: SourceTree,
  index: number,
  entry: ManifestEntry,
  sending: Sending,
): Promise<SentFiles[number]> {
  await using file = await source.open(index)
  const sha256 = await sendContent(file, index, entry, sending)
  await file.assertUnchanged()
  const { control, signal } = sending
  await control.send({ type: 'hashes', file: index, sha256: [sha256] }, { signal })
  return sentFile(entry, sha256)
}

function sentFile({ path: name, size: bytes }: ManifestEntry, sha256: string): SentFiles[number] {
  return { name, bytes, sha256, path: null }
}

async function sendContent(
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
      progress.resume(block.byteLength, index)
      continue
    }
    if (claimed?.has(offset, block, createHash)) {
      await control.send(
        { type: 'matched', file: index, start: offset, end: offset + block.byteLength },
        { signal },
      )
      progress.resume(block.byteLength, index)
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
  const readAt = (offset: number) => {
    if (offset >= size) return undefined
    return readWhole(file, new Uint8Array(Math.min(GROUP_BYTES, size - offset)), { offset, path })
  }
  let next = readAt(0)
  for (let offset = 0; next; offset += GROUP_BYTES) {
    const block = await next
    next = readAt(offset + GROUP_BYTES)
    next?.catch(() => undefined)
    yield { block, offset }
  }
}

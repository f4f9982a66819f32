import { delay } from '../async/delay.js'
import type { ManifestEntry } from './manifest.js'
import type { CreateHash, SourceTree } from './ports.js'
import { readWhole } from './read-whole.js'
import { HASHES_PER_MESSAGE } from './transfer-message.js'

/** What is read before it is sent: it fills the largest frame, and one more is read while it is on its way. */
const BATCH_BYTES = 240 * 1024

/** Files that are open at the same time: enough to keep the threads that read them busy. */
const MAX_OPEN = 16

/** So long nothing else is done while files are read. */
const SLICE_MS = 8

export interface ReadSmallFilesOptions {
  createHash: CreateHash
  signal: AbortSignal
}

/** Files that follow one another in the manifest, read. */
export interface SmallFiles {
  /** The first of them. */
  file: number
  /** The content of one after the other. */
  content: Uint8Array
  hashes: { entry: ManifestEntry; sha256: string }[]
}

/**
 * Reads small files whole and ahead, several at a time and as many together as fit a frame. Rejects with
 * INPUT_UNREADABLE, or with SOURCE_CHANGED for one that is no longer what was listed.
 */
export async function* readSmallFiles(
  source: SourceTree,
  indexes: readonly number[],
  options: ReadSmallFilesOptions,
): AsyncGenerator<SmallFiles> {
  let next: Promise<SmallFiles> | undefined
  for (const batch of batchesOf(source, indexes)) {
    const read = next
    next = readBatch(source, batch, options)
    next.catch(() => undefined) // whoever awaits it hears
    if (read) yield await read
  }
  if (next) yield await next
}

function* batchesOf({ entries }: SourceTree, indexes: readonly number[]): Generator<number[]> {
  let batch: number[] = []
  let bytes = 0
  for (const index of indexes) {
    const size = entries[index]?.size ?? 0
    if (batch.length === HASHES_PER_MESSAGE || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(index)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

interface Place {
  index: number
  entry: ManifestEntry
  block: Uint8Array
  sha256: string
}

async function readBatch(
  source: SourceTree,
  batch: readonly number[],
  { createHash, signal }: ReadSmallFilesOptions,
): Promise<SmallFiles> {
  const { content, places } = placesOf(source, batch)
  await (source.readSmall ? readInSlices(source, places, signal) : readSeveral(source, places, signal))
  for (const place of places) {
    const hash = createHash()
    hash.update(place.block)
    place.sha256 = hash.digestHex()
  }
  return { file: batch[0] ?? 0, content, hashes: places }
}

async function readInSlices(
  source: SourceTree,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<void> {
  let startedMs = performance.now()
  for (const { index, block } of places) {
    source.readSmall?.(index, block)
    if (performance.now() - startedMs < SLICE_MS) continue
    await delay(0, { signal })
    startedMs = performance.now()
  }
}

async function readSeveral(source: SourceTree, places: readonly Place[], signal: AbortSignal): Promise<void> {
  const waiting = places.values()
  const readRest = async () => {
    for (const place of waiting) {
      signal.throwIfAborted()
      await readSmallFile(source, place)
    }
  }
  await Promise.all(Array.from({ length: MAX_OPEN }, readRest))
}

/** Where in what is sent each file goes: it is read to there. */
function placesOf(
  { entries }: SourceTree,
  batch: readonly number[],
): { content: Uint8Array; places: Place[] } {
  const content = new Uint8Array(batch.reduce((sum, index) => sum + (entries[index]?.size ?? 0), 0))
  const places: Place[] = []
  let start = 0
  for (const index of batch) {
    const entry = entries[index]
    if (!entry) continue
    places.push({ index, entry, block: content.subarray(start, start + entry.size), sha256: '' })
    start += entry.size
  }
  return { content, places }
}

async function readSmallFile(source: SourceTree, { index, entry, block }: Place): Promise<void> {
  await using file = await source.open(index)
  await readWhole(file, block, { offset: 0, path: entry.path })
  await file.assertUnchanged()
}

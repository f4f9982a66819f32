import { groupDigest } from './group-digests.js'
import type { ManifestEntry } from './manifest.js'
import type { CreateHash, PreparedFiles, TargetTree } from './ports.js'
import type { TransferControl } from './transfer-control.js'
import { GROUP_BYTES, GROUPS_PER_MESSAGE } from './transfer-message.js'

export interface Claiming {
  control: TransferControl
  target: TargetTree
  entries: readonly ManifestEntry[]
  createHash: CreateHash
  signal: AbortSignal
}

/** Says what is there already: files of which only the hash is wanted, and parts that are to be compared. */
export async function claimFiles({ existing, partial }: PreparedFiles, claiming: Claiming): Promise<void> {
  await skip(existing, claiming)
  await claimPartial(partial, claiming)
}

/** Says of which files only the hash is wanted. */
async function skip(
  indexes: readonly number[],
  { control, signal }: Pick<Claiming, 'control' | 'signal'>,
): Promise<void> {
  for (let start = 0; start < indexes.length; start += GROUPS_PER_MESSAGE) {
    const files = indexes.slice(start, start + GROUPS_PER_MESSAGE)
    await control.send({ type: 'skip', files }, { signal })
  }
}

/** Says which groups of bytes an earlier attempt left; the sender compares them with what it reads. */
async function claimPartial(
  indexes: readonly number[],
  { control, target, entries, createHash, signal }: Claiming,
): Promise<void> {
  const block = new Uint8Array(GROUP_BYTES)
  for (const file of indexes) {
    const entry = entries[file]
    if (!entry) continue
    // Closed again: a tree can have more files than may be open.
    await using sink = await target.openFile(entry)
    const existing = Math.min(sink.existingBytes, entry.size)
    let digests: string[] = []
    const say = async (first: number) => {
      if (digests.length > 0)
        await control.send({ type: 'have', file, first, digests: digests.join('') }, { signal })
      digests = []
    }
    let first = 0
    for (let offset = 0; offset < existing; offset += GROUP_BYTES) {
      signal.throwIfAborted()
      const bytes = await sink.read(block.subarray(0, Math.min(GROUP_BYTES, entry.size - offset)), offset)
      digests.push(groupDigest(block.subarray(0, bytes), createHash))
      if (digests.length < GROUPS_PER_MESSAGE) continue
      await say(first)
      first = offset / GROUP_BYTES + 1
    }
    await say(first)
  }
}

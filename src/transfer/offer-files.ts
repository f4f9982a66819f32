import type { AbortOptions } from '../async/abortable.js'
import { PeerError } from '../errors.js'
import { ClaimedGroups } from './group-digests.js'
import { ENTRIES_PER_MESSAGE, totalBytes, type ManifestEntry } from './manifest.js'
import type { TransferControl } from './transfer-control.js'
import { GROUP_BYTES, GROUP_DIGEST_LENGTH } from './transfer-message.js'

/** What a receiver that accepts says about what it has and what it takes. */
export interface Answer {
  windowBytes: number
  /** The most the receiver takes part in. */
  associations: number
  /** How far each file may be sent before there is more credit. */
  creditBytes?: number | undefined
  encodings?: readonly string[] | undefined
  claims: ReadonlyMap<number, ClaimedGroups>
  /** Files that are there already, perhaps: only their hash is sent. */
  skipped: ReadonlySet<number>
}

/** Lists what is sent and resolves with the answer. Rejects with PEER_DECLINED, or with the signal's reason. */
export async function offerFiles(
  control: TransferControl,
  entries: readonly ManifestEntry[],
  { signal }: Required<AbortOptions>,
): Promise<Answer> {
  for (let start = 0; start < entries.length; start += ENTRIES_PER_MESSAGE) {
    const some = entries.slice(start, start + ENTRIES_PER_MESSAGE)
    await control.send({ type: 'entries', entries: some }, { signal })
  }
  await control.send(
    { type: 'offer', version: 1, count: entries.length, bytes: totalBytes(entries) },
    { signal },
  )
  return receiveAnswer(control, entries, signal)
}

async function receiveAnswer(
  control: TransferControl,
  entries: readonly ManifestEntry[],
  signal: AbortSignal,
): Promise<Answer> {
  const claims = new Map<number, ClaimedGroups>()
  const skipped = new Set<number>()
  for (;;) {
    const message = await control.next(['skip', 'have', 'accept'], { signal })
    if (message.type === 'accept') return { ...message, claims, skipped }
    if (message.type === 'skip') {
      addSkipped(skipped, message.files, entries)
      continue
    }
    const { file, first, digests } = message
    // Nobody can have more of a file than it has: what a receiver claims is bounded by what was offered.
    const groups = Math.ceil((entries[file]?.size ?? 0) / GROUP_BYTES)
    if (first + digests.length / GROUP_DIGEST_LENGTH > groups) {
      throw new PeerError(
        'PROTOCOL_VIOLATION',
        `The receiver claims parts of file ${file} that do not exist.`,
      )
    }
    const claimed = claims.get(file) ?? new ClaimedGroups()
    claimed.add(first, digests)
    claims.set(file, claimed)
  }
}

function addSkipped(skipped: Set<number>, files: readonly number[], entries: readonly ManifestEntry[]): void {
  for (const file of files) {
    if (entries[file]?.type !== 'file')
      throw new PeerError('PROTOCOL_VIOLATION', `The receiver skips file ${file}, which was not offered.`)
    skipped.add(file)
  }
}

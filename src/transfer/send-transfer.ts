import type { AbortOptions } from '../async/abortable.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import { AssociationPool } from './association-pool.js'
import { addAssociations } from './associations.js'
import { Compression, type CompressionMode } from './compression.js'
import { ClaimedGroups } from './group-digests.js'
import { CreditWindow } from './credit-window.js'
import { ENTRIES_PER_MESSAGE, expectedBytes, hasContent, totalBytes, type ManifestEntry } from './manifest.js'
import type { AssociationConnection } from './open-association.js'
import { probePath } from './path-probe.js'
import { PieceSender } from './piece-sender.js'
import type { ChunkCodec, CreateHash, FileSource, SourceTree } from './ports.js'
import { sendStream } from './send-stream.js'
import type { TransferChannels } from './transfer-channels.js'
import { TransferControl } from './transfer-control.js'
import { GROUP_BYTES, GROUP_DIGEST_LENGTH } from './transfer-message.js'
import { createTransferProgress, type TransferProgress, type TransferSummary } from './transfer-progress.js'

export interface SendTransferOptions extends AbortOptions {
  createHash: CreateHash
  /** How many connections to use; `auto` finds out. One without `connection`. */
  associations?: number | 'auto'
  connection?: AssociationConnection
  /** When chunks are compressed, and with what; without it they never are. */
  compress?: CompressionMode
  codec?: ChunkCodec
  onEvent?: ReportEvent
}

/**
 * Sends files and directories and resolves once the receiver has verified every hash, published everything and said
 * so. Rejects with PEER_DECLINED, PEER_CANCELLED, SOURCE_CHANGED, DATA_MISMATCH or the signal's reason; the receiver
 * is told.
 */
export async function sendTransfer(
  channels: TransferChannels,
  source: SourceTree,
  {
    createHash,
    associations = 1,
    connection,

    compress = 'auto',
    codec,
    signal,
    onEvent = () => undefined,
  }: SendTransferOptions,
): Promise<TransferSummary> {
  const control = new TransferControl(channels.control)
  const over = new AbortController()
  const ending = signal ? AbortSignal.any([control.signal, signal]) : control.signal
  const { entries } = source
  const bytes = expectedBytes(entries)
  const files = listFiles(entries)
  onEvent({ event: 'transfer-offer', direction: 'send', files, bytes })
  let progress: TransferProgress | undefined
  try {
    await offer(control, entries, ending)
    const answer = await receiveAnswer(control, entries, ending)
    onEvent({ event: 'transfer-accepted', direction: 'send', bytes, resumedBytes: 0, associations: 1 })

    const counting = createTransferProgress('send', bytes, onEvent)
    progress = counting
    await using pool = new AssociationPool({
      grantedBytes: answer.windowBytes,
      onDelivered: (delivered) => counting.add(delivered),
      replaceable: connection !== undefined,
    })
    void probePath(channels.probe, pool.path, { signal: AbortSignal.any([ending, over.signal]) }) // never rejects
    pool.add(channels.data, { standby: true })
    const addMore = () => {
      if (!connection) return
      const limit = Math.min(
        associations === 'auto' ? connection.limit : associations,
        connection.limit,
        answer.associations,
      )
      const adding = {
        pool,
        control,
        connection,
        bytes: bytes ?? Infinity,
        limit,
        progress: counting,
        signal: ending,
        closing: over.signal,
      }
      void addAssociations(adding, associations === 'auto') // never rejects
    }
    if (bytes !== null) addMore()
    const isCompressing = codec && compress !== 'never' && answer.encodings?.includes('deflate')
    const compression = isCompressing ? { policy: new Compression(compress), codec } : undefined
    const credit = new CreditWindow(answer.creditBytes)
    void followCredits(control, credit, ending) // never rejects
    const sent = await sendFiles(source, {
      ...answer,
      pieces: new PieceSender({ pool, credit, compression, signal: ending }),
      addMore,
      control,
      createHash,
      progress: counting,
      signal: ending,
    })
    await pool.drained({ signal: ending })
    const { kept } = await control.next(['verified'], { signal: ending })
    // Whoever does not wait for it has left already.
    await control.send({ type: 'done' }, { signal: ending }).catch(() => undefined)
    if (kept > 0) throw keptDifferent(kept)
    if (compression) counting.carriedBytes = pool.carriedBytes
    return counting.finish(sent)
  } catch (thrown) {
    const error = toPeerError(thrown)
    const bytesTransferred = progress?.bytesTransferred ?? 0
    onEvent({ event: 'transfer-failed', direction: 'send', bytes, bytesTransferred, reason: error.message })
    await control.cancel(error)
    throw error
  } finally {
    over.abort(new PeerError('PEER_LOST', 'The transfer is over.'))
  }
}

/** All that was wanted has arrived, but that is not all that was sent. */
function keptDifferent(kept: number): PeerError {
  return new PeerError(
    'PEER_DECLINED',
    `The receiver has ${kept === 1 ? 'a file' : `${kept} files`} of that name with other content and kept ${kept === 1 ? 'it' : 'them'} (--on-conflict skip).`,
    {
      hint: 'Everything else has arrived. The receiver can take the rest with --on-conflict overwrite or rename.',
    },
  )
}

/** The files of a manifest as events list them; how long a stream is nobody knows yet. */
export function listFiles(entries: readonly ManifestEntry[]): { name: string; bytes: number | null }[] {
  return entries
    .filter(hasContent)
    .map(({ path, type, size }) => ({ name: path, bytes: type === 'stream' ? null : size }))
}

async function offer(
  control: TransferControl,
  entries: readonly ManifestEntry[],
  signal: AbortSignal,
): Promise<void> {
  for (let start = 0; start < entries.length; start += ENTRIES_PER_MESSAGE) {
    const some = entries.slice(start, start + ENTRIES_PER_MESSAGE)
    await control.send({ type: 'entries', entries: some }, { signal })
  }
  await control.send(
    { type: 'offer', version: 1, count: entries.length, bytes: totalBytes(entries) },
    { signal },
  )
}

interface Answer {
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

async function followCredits(
  control: TransferControl,
  credit: CreditWindow,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { file, limit } of control.credits({ signal })) credit.grant(file, limit)
  } catch {
    // The transfer is over.
  }
}

interface Sending extends Pick<Answer, 'claims' | 'skipped'> {
  pieces: PieceSender
  addMore: () => void
  control: TransferControl
  createHash: CreateHash
  progress: TransferProgress
  signal: AbortSignal
}

async function sendFiles(source: SourceTree, sending: Sending): Promise<TransferSummary['files']> {
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

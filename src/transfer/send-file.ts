import type { AbortOptions } from '../async/abortable.js'
import { PeerError, toPeerError } from '../errors.js'
import type { PeerEventOf, ReportEvent } from '../events.js'
import type { DataChannel } from '../session/ports.js'
import { CreditWindow } from './credit-window.js'
import { decodeFrame, encodeDataFrame } from './frame.js'
import type { CreateHash, FileSource } from './ports.js'
import type { TransferChannels } from './transfer-channels.js'
import { TransferControl } from './transfer-control.js'
import { createTransferProgress, type TransferProgress } from './transfer-progress.js'

/** A quarter of the window that is safe on every socket: smaller costs wake-ups, larger makes the window stop and go. */
const CHUNK_BYTES = 16 * 1024

/** One read from disk, hashed in one call. */
const BLOCK_BYTES = 1024 * 1024

export interface SendFileOptions extends AbortOptions {
  createHash: CreateHash
  onEvent?: ReportEvent
}

export type TransferSummary = PeerEventOf<'transfer-complete'>

/**
 * Sends one file and resolves once the receiver has verified its SHA-256, published it and said so.
 * Rejects with PEER_DECLINED, PEER_CANCELLED, SOURCE_CHANGED, DATA_MISMATCH or the signal's reason; the receiver is told.
 */
export async function sendFile(
  channels: TransferChannels,
  source: FileSource,
  { createHash, signal, onEvent = () => undefined }: SendFileOptions,
): Promise<TransferSummary> {
  const control = new TransferControl(channels.control)
  const ending = signal ? AbortSignal.any([signal, control.signal]) : control.signal
  const files = [{ name: source.name, bytes: source.size }]
  onEvent({ event: 'transfer-offer', direction: 'send', files, bytes: source.size })
  let progress: TransferProgress | undefined
  try {
    await control.send(
      { type: 'offer', version: 1, files: [{ name: source.name, size: source.size }] },
      { signal: ending },
    )
    const { windowBytes } = await control.receive('accept', { signal: ending })
    onEvent({
      event: 'transfer-accepted',
      direction: 'send',
      bytes: source.size,
      resumedBytes: 0,
      associations: 1,
    })

    progress = createTransferProgress('send', source.size, onEvent)
    const sha256 = await sendContent(channels.data, source, {
      windowBytes,
      createHash,
      progress,
      signal: ending,
    })
    await source.assertUnchanged()
    await control.send({ type: 'complete', files: [{ sha256 }] }, { signal: ending })
    const verified = await control.receive('verified', { signal: ending })
    if (verified.files[0]?.sha256 !== sha256) {
      throw new PeerError('DATA_MISMATCH', `The receiver verified another SHA-256 than ${sha256}.`)
    }
    return complete(
      'send',
      { ...files[0], name: source.name, bytes: source.size, sha256, path: null },
      progress,
    )
  } catch (thrown) {
    const error = toPeerError(thrown)
    onEvent({
      event: 'transfer-failed',
      direction: 'send',
      bytes: source.size,
      bytesTransferred: progress?.bytesTransferred ?? 0,
      reason: error.message,
    })
    await control.cancel(error)
    throw error
  }
}

/** The closing event of a transfer, the same on both sides. */
export function complete(
  direction: 'send' | 'receive',
  file: TransferSummary['files'][number],
  progress: TransferProgress,
): TransferSummary {
  const { durationMs, bytesPerSecond } = progress.finish()
  return {
    event: 'transfer-complete',
    direction,
    files: [file],
    bytes: file.bytes,
    bytesTransferred: progress.bytesTransferred,
    resumedBytes: 0,
    bytesPerSecond,
    associations: 1,
    durationMs,
  }
}

interface ContentOptions {
  windowBytes: number
  createHash: CreateHash
  progress: TransferProgress
  signal: AbortSignal
}

async function sendContent(
  data: DataChannel,
  source: FileSource,
  { windowBytes, createHash, progress, signal }: ContentOptions,
): Promise<string> {
  const hash = createHash()
  const window = new CreditWindow(windowBytes)
  const stop = new AbortController()
  const failed = new AbortController()
  const acknowledging = followAcks(data, window, progress, stop.signal).catch((error: unknown) =>
    failed.abort(error),
  )
  const ending = AbortSignal.any([signal, failed.signal])
  try {
    for await (const { block, offset } of readBlocks(source)) {
      hash.update(block)
      for (let start = 0; start < block.byteLength; start += CHUNK_BYTES) {
        const chunk = block.subarray(start, start + CHUNK_BYTES)
        await window.reserve(chunk.byteLength, { signal: ending })
        await data.send(encodeDataFrame(0, offset + start, chunk), { signal: ending })
      }
    }
    await window.drained({ signal: ending })
    return hash.digestHex()
  } finally {
    stop.abort(new Error('done'))
    await acknowledging
  }
}

async function followAcks(
  data: DataChannel,
  window: CreditWindow,
  progress: TransferProgress,
  stop: AbortSignal,
): Promise<void> {
  try {
    for await (const message of data.messages({ signal: stop })) {
      const frame = decodeFrame(message)
      if (frame.type !== 'ack')
        throw new PeerError('PROTOCOL_VIOLATION', 'The receiver sent data instead of an ACK.')
      const before = window.acknowledgedBytes
      window.acknowledge(frame.receivedBytes, frame.windowBytes)
      progress.add(window.acknowledgedBytes - before)
    }
  } catch (error) {
    if (!stop.aborted) throw error
    return
  }
  throw new PeerError('PEER_LOST', 'The peer closed the connection during the transfer.')
}

/** Reads one block ahead of the one being sent, so that the disk and the network work at the same time. */
async function* readBlocks(source: FileSource): AsyncGenerator<{ block: Uint8Array; offset: number }> {
  const readAt = (offset: number) => readBlock(source, offset)
  let next = source.size > 0 ? readAt(0) : undefined
  for (let offset = 0; next; offset += BLOCK_BYTES) {
    const block = await next
    next = offset + BLOCK_BYTES < source.size ? readAt(offset + BLOCK_BYTES) : undefined
    next?.catch(() => undefined)
    yield { block, offset }
  }
}

async function readBlock(source: FileSource, offset: number): Promise<Uint8Array> {
  const block = new Uint8Array(Math.min(BLOCK_BYTES, source.size - offset))
  const bytes = await source.read(block, offset)
  if (bytes === block.byteLength) return block
  throw new PeerError('SOURCE_CHANGED', `${source.name} became shorter while it was being sent.`, {
    hint: 'Send it again when nothing writes to it.',
  })
}

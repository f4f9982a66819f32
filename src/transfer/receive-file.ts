import type { AbortOptions } from '../async/abortable.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import type { DataChannel } from '../session/ports.js'
import { decodeFrame, encodeAckFrame } from './frame.js'
import type { CreateHash, FileSink, OpenFileSink } from './ports.js'
import { safeName } from './safe-name.js'
import { complete, type TransferSummary } from './send-file.js'
import type { TransferChannels } from './transfer-channels.js'
import { TransferControl } from './transfer-control.js'
import { createTransferProgress, type TransferProgress } from './transfer-progress.js'

/** What a sender may have on the way: enough for 100 Mbit/s at 80 ms; a sender on a short path takes less. */
const WINDOW_BYTES = 1024 * 1024

export interface IncomingFile {
  name: string
  size: number
}

export interface ReceiveFileOptions extends AbortOptions {
  createHash: CreateHash
  openSink: OpenFileSink
  /** Asks whether the file is wanted; nothing has been created yet. */
  accept: (file: IncomingFile, options: AbortOptions) => Promise<boolean>
  onEvent?: ReportEvent
}

/**
 * Receives one file: asks, writes it under a temporary name, compares SHA-256, publishes it and tells the sender.
 * Rejects with UNSAFE_PATH, OUTPUT_EXISTS, DATA_MISMATCH, PEER_CANCELLED or the signal's reason; the sender is told
 * and nothing stands under the final name.
 */
export async function receiveFile(
  channels: TransferChannels,
  { createHash, openSink, accept, signal, onEvent = () => undefined }: ReceiveFileOptions,
): Promise<TransferSummary> {
  const control = new TransferControl(channels.control)
  const ending = signal ? AbortSignal.any([signal, control.signal]) : control.signal
  let progress: TransferProgress | undefined
  let size = 0
  try {
    const file = await receiveOffer(control, ending, onEvent)
    size = file.size
    if (!(await accept(file, { signal: ending }))) {
      await control.send({ type: 'decline', reason: 'the file is not wanted' }, { signal: ending })
      throw new PeerError('PEER_DECLINED', `${file.name} was declined.`)
    }
    await using sink = await openSink(file, { signal: ending })
    await control.send({ type: 'accept', windowBytes: WINDOW_BYTES }, { signal: ending })
    onEvent({
      event: 'transfer-accepted',
      direction: 'receive',
      bytes: size,
      resumedBytes: 0,
      associations: 1,
    })

    progress = createTransferProgress('receive', size, onEvent)
    const received = await receiveContent(channels.data, file, { sink, createHash, progress, signal: ending })
    const announced = (await control.receive('complete', { signal: ending })).files[0]?.sha256
    if (announced !== received) {
      throw new PeerError(
        'DATA_MISMATCH',
        `${file.name} arrived with SHA-256 ${received}, the sender read ${announced ?? 'nothing'}.`,
        { hint: 'Nothing was published. Send it again.' },
      )
    }
    const path = await sink.publish()
    await control.send({ type: 'verified', files: [{ sha256: received }] }, { signal: ending })
    return complete('receive', { name: file.name, bytes: size, sha256: received, path }, progress)
  } catch (thrown) {
    const error = toPeerError(thrown)
    onEvent({
      event: 'transfer-failed',
      direction: 'receive',
      bytes: size,
      bytesTransferred: progress?.bytesTransferred ?? 0,
      reason: error.message,
    })
    await control.cancel(error)
    throw error
  }
}

async function receiveOffer(
  control: TransferControl,
  signal: AbortSignal,
  onEvent: ReportEvent,
): Promise<IncomingFile> {
  const { files } = await control.receive('offer', { signal })
  const [offered] = files
  if (!offered) throw new PeerError('PROTOCOL_VIOLATION', 'The peer offered no file.')
  const file = { name: safeName(offered.name), size: offered.size }
  const listed = [{ name: file.name, bytes: file.size }]
  onEvent({ event: 'transfer-offer', direction: 'receive', files: listed, bytes: file.size })
  return file
}

interface ContentOptions {
  sink: FileSink
  createHash: CreateHash
  progress: TransferProgress
  signal: AbortSignal
}

/** Writes and hashes until all announced bytes are there; resolves with their SHA-256. */
async function receiveContent(
  data: DataChannel,
  { name, size }: IncomingFile,
  { sink, createHash, progress, signal }: ContentOptions,
): Promise<string> {
  const hash = createHash()
  let receivedBytes = 0
  if (size === 0) return hash.digestHex()
  for await (const message of data.messages({ signal })) {
    const frame = decodeFrame(message)
    if (
      frame.type !== 'data' ||
      frame.file !== 0 ||
      frame.offset !== receivedBytes ||
      frame.chunk.byteLength === 0
    ) {
      throw new PeerError(
        'PROTOCOL_VIOLATION',
        `The sender sent a frame that does not continue ${name} at ${receivedBytes}.`,
      )
    }
    if (receivedBytes + frame.chunk.byteLength > size) {
      throw new PeerError(
        'DATA_MISMATCH',
        `The sender sent more than the ${size} bytes it announced for ${name}.`,
      )
    }
    hash.update(frame.chunk)
    receivedBytes += frame.chunk.byteLength
    progress.add(frame.chunk.byteLength)
    await sink.write(frame.chunk)
    await data.send(encodeAckFrame(receivedBytes, WINDOW_BYTES), { signal })
    if (receivedBytes === size) return hash.digestHex()
  }
  throw new PeerError('PEER_LOST', 'The peer closed the connection during the transfer.')
}

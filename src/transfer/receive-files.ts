import { PeerError, toPeerError } from '../errors.js'
import { acceptAssociations } from './accept-associations.js'
import type { FileTable } from './file-table.js'
import type { AssociationConnection } from './open-association.js'
import { answerProbes } from './path-probe.js'
import type { ChunkCodec } from './ports.js'
import { receiveFrames } from './receive-frames.js'
import type { TransferChannels } from './transfer-channels.js'
import type { TransferControl } from './transfer-control.js'
import type { TransferSummary } from './transfer-progress.js'

/** What one association may have on the way: 100 Mbit/s at 300 ms; a sender takes what its path needs. */
export const WINDOW_BYTES = 4 * 1024 * 1024

/** The most associations this side takes part in. */
export const MAX_ASSOCIATIONS = 64

export interface ReceivingFiles {
  channels: TransferChannels
  control: TransferControl
  connection: AssociationConnection | undefined
  codec: ChunkCodec | undefined
  stop: AbortController
  ending: AbortSignal
  closing: AbortSignal
}

/** Data from every association and words from the control channel, side by side, until every file is published. */
export async function receiveFiles(
  files: FileTable,
  { channels, control, connection, codec, stop, ending, closing }: ReceivingFiles,
): Promise<TransferSummary['files']> {
  const fail = (error: unknown) => stop.abort(toPeerError(error))
  const take = (index: number, offset: number, chunk: Uint8Array) => files.write(index, offset, chunk)
  const options = { windowBytes: WINDOW_BYTES, take, codec, signal: ending }
  // Every loop ends with `ending`; a failure of one ends all of them.
  void receiveFrames(channels.data, options).catch(fail)
  void answerProbes(channels.probe, { signal: ending }) // never rejects
  if (connection) {
    const onChannel = (channel: TransferChannels['data'], unused: AbortSignal) => {
      const signal = AbortSignal.any([ending, unused])
      // An association may fail without the transfer: what it carried comes again on another.
      void receiveFrames(channel, { ...options, signal }).catch((error: unknown) => {
        if (!(error instanceof PeerError && error.code === 'PEER_LOST')) fail(error)
      })
    }
    const onCount = (count: number) => {
      files.associations = count
    }
    void acceptAssociations({ control, connection, limit: MAX_ASSOCIATIONS, onChannel, onCount, closing })
  }
  while (!files.allAnnounced) {
    const message = await control.next(['matched', 'hashes'], { signal: ending })
    if (message.type === 'hashes') await files.announce(message.file, message.sha256, message.bytes)
    else await files.match(message.file, message.start, message.end)
  }
  return files.published(ending)
}

import type { DataChannel, PeerConnection } from '../session/ports.js'
import { DATA_CHANNEL, TRANSFER_CHANNEL } from './transfer-message.js'

export interface TransferChannels {
  control: DataChannel
  data: DataChannel
}

/** Creates the two negotiated channels of a transfer; both sides do it before the first offer, so neither waits. */
export function createTransferChannels(
  connection: Pick<PeerConnection, 'createDataChannel'>,
): TransferChannels {
  const create = ({ label, id, protocol }: typeof TRANSFER_CHANNEL | typeof DATA_CHANNEL) =>
    connection.createDataChannel(label, { negotiated: true, id, protocol })
  return { control: create(TRANSFER_CHANNEL), data: create(DATA_CHANNEL) }
}

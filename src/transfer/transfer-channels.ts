import { CHANNEL_IDS } from '../session/channel-ids.js'
import type { DataChannel, PeerConnection } from '../session/ports.js'
import { DATA_CHANNEL, TRANSFER_CHANNEL } from './transfer-message.js'

export interface TransferChannels {
  control: DataChannel
  data: DataChannel
}

/** Creates the two negotiated channels of a transfer; both sides do it before the first offer, so neither waits. */
export function createTransferChannels(connection: ChannelConnection): TransferChannels {
  return { control: create(connection, TRANSFER_CHANNEL), data: create(connection, DATA_CHANNEL) }
}

/** The same for a transfer the other way at the same time. */
export function createReturnChannels(connection: ChannelConnection): TransferChannels {
  const { returnTransfer, returnData } = CHANNEL_IDS
  return {
    control: create(connection, { ...TRANSFER_CHANNEL, id: returnTransfer }),
    data: create(connection, { ...DATA_CHANNEL, id: returnData }),
  }
}

type ChannelConnection = Pick<PeerConnection, 'createDataChannel'>

function create(
  connection: ChannelConnection,
  { label, id, protocol }: { label: string; id: number; protocol: string },
): DataChannel {
  return connection.createDataChannel(label, { negotiated: true, id, protocol })
}

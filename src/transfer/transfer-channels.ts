import { CHANNEL_IDS } from '../session/channel-ids.js'
import type { DataChannel, PeerConnection } from '../session/ports.js'
import { DATA_CHANNEL, PROBE_CHANNEL, TRANSFER_CHANNEL } from './transfer-message.js'

export interface TransferChannels {
  control: DataChannel
  data: DataChannel
  /** Measures the path: unordered and never repeated, see path-probe.ts. */
  probe: DataChannel
}

/** Creates the negotiated channels of a transfer; both sides do it before the first offer, so neither waits. */
export function createTransferChannels(connection: ChannelConnection): TransferChannels {
  return {
    control: create(connection, TRANSFER_CHANNEL),
    data: create(connection, DATA_CHANNEL),
    probe: create(connection, PROBE_CHANNEL, PROBE_INIT),
  }
}

/** The same for a transfer the other way at the same time. */
export function createReturnChannels(connection: ChannelConnection): TransferChannels {
  const { returnTransfer, returnData, returnProbe } = CHANNEL_IDS
  return {
    control: create(connection, { ...TRANSFER_CHANNEL, id: returnTransfer }),
    data: create(connection, { ...DATA_CHANNEL, id: returnData }),
    probe: create(connection, { ...PROBE_CHANNEL, id: returnProbe }, PROBE_INIT),
  }
}

const PROBE_INIT = { ordered: false, maxRetransmits: 0 } as const

type ChannelConnection = Pick<PeerConnection, 'createDataChannel'>

function create(
  connection: ChannelConnection,
  { label, id, protocol }: { label: string; id: number; protocol: string },
  init: RTCDataChannelInit = {},
): DataChannel {
  return connection.createDataChannel(label, { ...init, negotiated: true, id, protocol })
}

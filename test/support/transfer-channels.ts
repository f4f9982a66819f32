import type { TransferChannels } from '../../src/transfer/transfer-channels.js'
import { createMemoryDataChannelPair } from './memory-data-channel.js'

export interface TransferChannelPair {
  left: TransferChannels
  right: TransferChannels
  /** Nothing arrives any more. */
  cut(): void
}

/** Both ends of the channels of a transfer, without a connection. */
export function createTransferChannelPair(): TransferChannelPair {
  const control = createMemoryDataChannelPair()
  const data = createMemoryDataChannelPair()
  const probe = createMemoryDataChannelPair({ ordered: false, maxRetransmits: 0 })
  return {
    left: { control: control.left, data: data.left, probe: probe.left },
    right: { control: control.right, data: data.right, probe: probe.right },
    cut() {
      for (const pair of [control, data, probe]) pair.cut()
    },
  }
}

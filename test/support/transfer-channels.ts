import type { TransferChannels } from '../../src/transfer/transfer-channels.js'
import { createMemoryDataChannelPair, type MemoryDataChannelOptions } from './memory-data-channel.js'

export interface TransferChannelPair {
  left: TransferChannels
  right: TransferChannels
  /** Nothing arrives any more. */
  cut(): void
}

export interface TransferChannelPairOptions {
  alterControl?: MemoryDataChannelOptions['alter']
  alterData?: MemoryDataChannelOptions['alter']
}

/** Both ends of the channels of a transfer, without a connection. */
export function createTransferChannelPair({
  alterControl,
  alterData,
}: TransferChannelPairOptions = {}): TransferChannelPair {
  const control = createMemoryDataChannelPair({ alter: alterControl })
  const data = createMemoryDataChannelPair({ alter: alterData })
  const probe = createMemoryDataChannelPair({ ordered: false, maxRetransmits: 0 })
  return {
    left: { control: control.left, data: data.left, probe: probe.left },
    right: { control: control.right, data: data.right, probe: probe.right },
    cut() {
      for (const pair of [control, data, probe]) pair.cut()
    },
  }
}

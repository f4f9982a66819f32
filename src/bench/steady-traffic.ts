import { delay } from '../async/delay.js'
import { CHANNEL_IDS } from '../session/channel-ids.js'
import type { DataChannel } from '../session/ports.js'

/** A negotiated channel with the same traffic both ways, so that a connection without users has data to measure. */
export const TRAFFIC_CHANNEL = {
  label: 'traffic',
  init: { negotiated: true, id: CHANNEL_IDS.traffic, ordered: true },
} as const

/** 1200 bytes every 20 ms are 480 kbit/s: visible in every figure, no load on any path. */
const MESSAGE_BYTES = 1_200
const INTERVAL_MS = 20

/** Sends a message every 20 ms and reads what comes, until the channel closes or the signal aborts; never rejects. */
export async function pumpMessages(channel: DataChannel, signal: AbortSignal): Promise<void> {
  const message = new Uint8Array(MESSAGE_BYTES)
  const sending = async () => {
    for (;;) {
      await channel.send(message, { signal })
      await delay(INTERVAL_MS, { signal })
    }
  }
  const reading = async () => {
    for await (const received of channel.messages({ signal })) void received
  }
  await Promise.allSettled([sending(), reading()])
}

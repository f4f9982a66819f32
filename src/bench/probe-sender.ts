import { delay } from '../async/delay.js'
import type { DataChannel } from '../session/ports.js'
import { FRAME_HEAD_BYTES, writeFrame } from './bench-frame.js'
import type { ProbeOrder } from './bench-message.js'
import type { ProbeTraffic } from './probe-traffic.js'
import { sayEnd, type UntilHeard } from './series.js'

/** With the head of its chunk 32 bytes (RFC 9260 §3.3.1), so that many fit into the least congestion window. */
export const PROBE_BYTES = 16

/**
 * dcSCTP's least congestion window is four packets of 1191 bytes. Probes beyond it would wait and then share a packet,
 * and be lost together: 90 of them, and the pings among them, stay below.
 */
const MAX_UNDERWAY = 90

/** Every so many probes a ping asks how far the peer has come. */
const PING_EVERY = 8

/** When every ping on the way was lost, nobody answers; longer than any round trip that can be measured here. */
const STALLED_MS = 2_000

/** Sends the probes of an order, each in a packet of its own, at its pace or slower, then says that they have ended. */
export async function sendProbes(
  channel: DataChannel,
  traffic: ProbeTraffic,
  { id, messages, messageBytes, intervalMs }: ProbeOrder,
  { signal, heard }: UntilHeard,
): Promise<void> {
  const probe = new Uint8Array(messageBytes)
  const ping = new Uint8Array(FRAME_HEAD_BYTES)
  let dueMs = performance.now()
  let passed = -1
  for (let number = 0; number < messages; number += 1) {
    dueMs = Math.max(dueMs + intervalMs, performance.now() - intervalMs)
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await delay(Math.ceil(waitMs), { signal })
    const sinceMs = performance.now()
    while (number - Math.max(passed, traffic.progressOf(id)) > MAX_UNDERWAY) {
      if (performance.now() - sinceMs > STALLED_MS) passed = number
      await delay(1, { signal })
    }
    await channel.send(writeFrame(probe, { kind: 'data', id, number }), { signal })
    if (number % PING_EVERY === 0)
      await channel.send(writeFrame(ping, { kind: 'ping', id, number }), { signal })
  }
  await sayEnd(channel, { id, sent: messages }, { signal: heard })
}

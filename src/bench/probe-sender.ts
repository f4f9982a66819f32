import { delay } from '../async/delay.js'
import type { DataChannel } from '../session/ports.js'
import { FRAME_HEAD_BYTES, writeFrame } from './bench-frame.js'
import type { ProbeOrder } from './bench-message.js'
import { ANSWER_EVERY, type ProbeTraffic } from './probe-traffic.js'
import { sayEnd, type UntilHeard } from './series.js'

/** Nothing but its head. */
export const PROBE_BYTES = FRAME_HEAD_BYTES

/**
 * After a retransmission timeout dcSCTP has a congestion window of one packet (RFC 9260 §7.2.3). Messages beyond it wait,
 * then share a packet and are lost together, by the dozen: what is known of the loss then is less than their number says.
 */
const LEAST_WINDOW_BYTES = 1_191

/**
 * What probes may use of it. What was lost is under way until three later packets were acknowledged (RFC 9260 §7.2.4), and
 * answers come several at once: with all of it in use a packet of dozens is sent every few seconds on a busy machine.
 */
const WINDOW_SHARE = 0.85

/** RFC 9260 §3.3.1: the head of a DATA chunk, which is padded to whole words of four bytes. */
const CHUNK_HEAD_BYTES = 16
const CHUNK_ALIGNMENT = 4

/** How many probes may be under way so that each has a packet of its own, the answers to the peer's among them. */
export function probesUnderway(messageBytes: number): number {
  const chunkBytes = (bytes: number) =>
    CHUNK_HEAD_BYTES + Math.ceil(bytes / CHUNK_ALIGNMENT) * CHUNK_ALIGNMENT
  const bytesEach = chunkBytes(messageBytes) + chunkBytes(FRAME_HEAD_BYTES) / ANSWER_EVERY
  return Math.max(ANSWER_EVERY, Math.floor((WINDOW_SHARE * LEAST_WINDOW_BYTES) / bytesEach))
}

/** When every answer on the way was lost, nobody says more: after so many round trips, and never at once. */
const STALLED_ROUND_TRIPS = 4
const MIN_STALLED_MS = 500

/** Sends the probes of an order, each in a packet of its own, at its pace or slower, then says that they have ended. */
export async function sendProbes(
  channel: DataChannel,
  traffic: ProbeTraffic,
  { id, messages, messageBytes, intervalMs }: ProbeOrder,
  { signal, heard }: UntilHeard,
): Promise<void> {
  const probe = new Uint8Array(messageBytes)
  const mostUnderway = probesUnderway(messageBytes)
  // The pace fills the window in one round trip.
  const stalledMs = Math.max(MIN_STALLED_MS, STALLED_ROUND_TRIPS * intervalMs * mostUnderway)
  let dueMs = performance.now()
  let passed = -1
  for (let number = 0; number < messages; number += 1) {
    dueMs = Math.max(dueMs + intervalMs, performance.now() - intervalMs)
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await delay(Math.ceil(waitMs), { signal })
    const sinceMs = performance.now()
    while (number - Math.max(passed, traffic.progressOf(id)) > mostUnderway) {
      if (performance.now() - sinceMs > stalledMs) passed = number
      await delay(1, { signal })
    }
    await channel.send(writeFrame(probe, { kind: 'data', id, number }), { signal })
  }
  await sayEnd(channel, { id, sent: messages }, { signal: heard })
}

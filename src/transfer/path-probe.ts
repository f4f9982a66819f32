import type { AbortOptions } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import type { DataChannel } from '../session/ports.js'
import { LONG_PATH_MS, type PathModel } from './path-model.js'

/**
 * Probes travel on a channel of their own, unordered and never repeated, beside the control channel and apart from
 * the frames: `u8 type | 3 zero | u32 number`, big-endian; the receiver sends each back as an answer.
 */
const PROBE = 1
const ANSWER = 2
const PROBE_BYTES = 8

const SHORT_INTERVAL_MS = 20
const LONG_INTERVAL_MS = 40

/** On a short path nothing depends on the queue; it is asked only whether it is still there. */
const IDLE_INTERVAL_MS = 250

/** Answers that have not come by then were lost. */
const MAX_WAITING = 256

/** Measures the path until the signal aborts; never rejects. */
export async function probePath(
  channel: DataChannel,
  path: PathModel,
  { signal }: AbortOptions,
): Promise<void> {
  const sentAtMs = new Map<number, number>()
  void followAnswers(channel, sentAtMs, path, signal)
  try {
    for (let number = 0; ; number++) {
      sentAtMs.set(number, performance.now())
      if (sentAtMs.size > MAX_WAITING) sentAtMs.delete(number - MAX_WAITING)
      await channel.send(encode(PROBE, number), { signal })
      await delay(intervalMs(path), { signal })
    }
  } catch {
    // The transfer is over, or its first connection is, which ends the transfer.
  }
}

/** Sends every probe back until the channel closes or the signal aborts; never rejects. */
export async function answerProbes(channel: DataChannel, { signal }: AbortOptions): Promise<void> {
  try {
    for await (const message of channel.messages({ signal })) {
      const number = decode(message, PROBE)
      if (number !== undefined) await channel.send(encode(ANSWER, number), { signal })
    }
  } catch {
    // The transfer is over.
  }
}

async function followAnswers(
  channel: DataChannel,
  sentAtMs: Map<number, number>,
  path: PathModel,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for await (const message of channel.messages({ signal })) {
      const number = decode(message, ANSWER)
      const atMs = number === undefined ? undefined : sentAtMs.get(number)
      if (number === undefined || atMs === undefined) continue
      sentAtMs.delete(number)
      const nowMs = performance.now()
      path.add(nowMs - atMs, nowMs)
    }
  } catch {
    // The transfer is over.
  }
}

function intervalMs({ minRttMs, isKnown }: PathModel): number {
  if (minRttMs === null || !isKnown) return SHORT_INTERVAL_MS
  if (minRttMs <= LONG_PATH_MS) return IDLE_INTERVAL_MS
  return Math.min(Math.max(minRttMs / 3, SHORT_INTERVAL_MS), LONG_INTERVAL_MS)
}

function encode(type: number, number: number): Uint8Array {
  const bytes = new Uint8Array(PROBE_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, type)
  view.setUint32(4, number)
  return bytes
}

/** The number of a probe of this type; undefined for anything else, which is nobody's loss. */
function decode(message: Uint8Array | string, type: number): number | undefined {
  if (typeof message === 'string' || message.byteLength !== PROBE_BYTES || message[0] !== type)
    return undefined
  return new DataView(message.buffer, message.byteOffset).getUint32(4)
}

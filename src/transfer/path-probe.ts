import type { AbortOptions } from '../async/abortable.js'
import { TimerLateness } from '../async/timer-lateness.js'
import type { DataChannel } from '../session/ports.js'
import { LONG_PATH_MS } from './path-length.js'
import type { PathModel } from './path-model.js'

/**
 * Probes travel on a channel of their own, unordered and never repeated, beside the control channel and apart from
 * the frames: `u8 type | u8 zero | u16 late | u32 number`, big-endian; the receiver sends each back as an answer that
 * says how many milliseconds its timers are late on average, at most 65,535. In a probe that is zero.
 */
const PROBE = 1
const ANSWER = 2
const PROBE_BYTES = 8
const MAX_LATE_MS = 65_535

const SHORT_INTERVAL_MS = 20
const LONG_INTERVAL_MS = 40

/** On a short path nothing depends on the queue; it is asked only whether it is still there. */
const IDLE_INTERVAL_MS = 250

/** Who answers looks at its timers as often as it is asked, and not more often than this. */
const TIMER_MS = 10

/** Answers that have not come by then were lost. */
const MAX_WAITING = 256

/** Measures the path until the signal aborts; never rejects. */
export async function probePath(
  channel: DataChannel,
  path: PathModel,
  { signal }: AbortOptions,
): Promise<void> {
  const sentAtMs = new Map<number, number>()
  const lateness = new TimerLateness()
  void followAnswers(channel, sentAtMs, lateness, path, signal)
  try {
    for (let number = 0; ; number++) {
      sentAtMs.set(number, performance.now())
      if (sentAtMs.size > MAX_WAITING) sentAtMs.delete(number - MAX_WAITING)
      await channel.send(encode({ type: PROBE, number, lateMs: 0 }), { signal })
      await lateness.sleep(intervalMs(path), { signal })
    }
  } catch {
    // The transfer is over, or its first connection is, which ends the transfer.
  }
}

/** Sends every probe back until the channel closes or the signal aborts; never rejects. */
export async function answerProbes(channel: DataChannel, { signal }: AbortOptions): Promise<void> {
  const lateness = new TimerLateness()
  let sleep: Promise<void> | undefined
  try {
    for await (const message of channel.messages({ signal })) {
      const probe = decode(message, PROBE)
      if (!probe) continue
      await channel.send(encode({ ...probe, type: ANSWER, lateMs: lateness.meanMs }), { signal })
      sleep ??= lateness
        .sleep(TIMER_MS, { signal })
        .catch(() => undefined)
        .finally(() => (sleep = undefined))
    }
  } catch {
    // The transfer is over.
  }
}

async function followAnswers(
  channel: DataChannel,
  sentAtMs: Map<number, number>,
  lateness: TimerLateness,
  path: PathModel,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for await (const message of channel.messages({ signal })) {
      const answer = decode(message, ANSWER)
      const atMs = answer && sentAtMs.get(answer.number)
      if (!answer || atMs === undefined) continue
      sentAtMs.delete(answer.number)
      const nowMs = performance.now()
      path.add(nowMs - atMs, nowMs, lateness.meanMs + answer.lateMs)
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

interface Probe {
  type: number
  number: number
  lateMs: number
}

function encode({ type, number, lateMs }: Probe): Uint8Array {
  const bytes = new Uint8Array(PROBE_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, type)
  view.setUint16(2, Math.min(Math.round(lateMs), MAX_LATE_MS))
  view.setUint32(4, number)
  return bytes
}

/** One of this type; undefined for anything else, which is nobody's loss. */
function decode(message: Uint8Array | string, type: number): Probe | undefined {
  if (typeof message === 'string' || message.byteLength !== PROBE_BYTES || message[0] !== type)
    return undefined
  const view = new DataView(message.buffer, message.byteOffset)
  return { type, number: view.getUint32(4), lateMs: view.getUint16(2) }
}

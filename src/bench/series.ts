import { abortable, type AbortOptions } from '../async/abortable.js'
import { deferred } from '../async/deferred.js'
import { delay, withTimeout } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import type { ArrivalReport, Arrivals } from './arrivals.js'
import { FRAME_HEAD_BYTES, writeFrame } from './bench-frame.js'

/** A numbered series of messages as its receiver sees it. */
export interface Series {
  add(number: number, bytes: number, nowMs: number): void
  /** The sender says that there were so many; it says so again and again. */
  end(sent: number): void
  /** Resolves when nothing of the series can come any more. */
  finished(options: FinishOptions): Promise<FinishedSeries>
}

export interface FinishedSeries {
  sent: number
  arrivals: ArrivalReport
}

export interface FinishOptions extends AbortOptions {
  /** Every message comes, so the last one is the end. */
  reliable: boolean
  /** How long it is sent. */
  durationMs: number
  /** How long a message may be sent again before it is given up. */
  lifeTimeMs?: number
}

/** How long something that was overtaken by the end may still be on its way. */
const SETTLE_MS = 300

/** For what was sent in time and is queued somewhere; over a slow path that can be far more than is worth waiting for. */
const BACKLOG_MS = 1_000

/** How often the end is said until the receiver has heard it. */
const END_INTERVAL_MS = 100

/** For the first message: even a congested association with timeouts says something by then. */
const SILENCE_TIMEOUT_MS = 60_000

export function createSeries(arrivals: Arrivals): Series {
  const begun = deferred()
  const ended = deferred<number>()
  const complete = deferred()
  let announced: number | undefined
  const look = () => {
    begun.resolve()
    if (announced !== undefined && arrivals.received >= announced) complete.resolve()
  }
  const quiet = async (sent: number, settleMs: number, signal: AbortSignal) => {
    let seen = -1
    while (arrivals.received < sent && arrivals.received !== seen) {
      seen = arrivals.received
      await delay(settleMs, { signal })
    }
  }
  return {
    add(number, bytes, nowMs) {
      arrivals.add(number, bytes, nowMs)
      look()
    },
    end(sent) {
      announced = sent
      ended.resolve(sent)
      look()
    },
    async finished({ reliable, durationMs, lifeTimeMs = 0, signal }) {
      await abortable(withTimeout(begun.promise, SILENCE_TIMEOUT_MS, nothingCame), signal)
      const decided = new AbortController()
      const waiting = signal ? AbortSignal.any([signal, decided.signal]) : decided.signal
      const settleMs = SETTLE_MS + lifeTimeMs
      const all = reliable ? complete.promise : ended.promise.then((sent) => quiet(sent, settleMs, waiting))
      const enough = delay(durationMs + BACKLOG_MS, { signal: waiting })
      for (const promise of [all, enough]) promise.catch(() => undefined)
      await Promise.race([all, enough])
      decided.abort()
      // Of a reliable channel the rest is on its way; of another one whatever is missing before the last is lost.
      const sent = reliable ? arrivals.received : (announced ?? arrivals.next)
      return { sent, arrivals: arrivals.report(sent) }
    },
  }
}

/** Until when a series is sent, and its end said. */
export interface UntilHeard {
  signal: AbortSignal | undefined
  /** Aborts when the peer has told what arrived, too. */
  heard: AbortSignal
}

/** Says that a series of so many messages has ended until the signal aborts; never rejects. */
export async function sayEnd(
  channel: DataChannel,
  { id, sent }: { id: number; sent: number },
  { signal }: AbortOptions,
): Promise<void> {
  const frame = writeFrame(new Uint8Array(FRAME_HEAD_BYTES), { kind: 'end', id, number: sent })
  try {
    for (;;) {
      await channel.send(frame, { signal })
      await delay(END_INTERVAL_MS, { signal })
    }
  } catch {
    // Heard, or there is nobody to hear it.
  }
}

function nothingCame(): PeerError {
  return new PeerError('PEER_LOST', `Nothing the peer was to send came for ${SILENCE_TIMEOUT_MS / 1_000} s.`)
}

import type { AbortOptions } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import type { DataChannel } from '../session/ports.js'
import { Arrivals } from './arrivals.js'
import { MAX_PROBES } from './bench-message.js'
import { FRAME_HEAD_BYTES, readFrame, writeFrame, type BenchFrame } from './bench-frame.js'
import { rounded } from './distribution.js'
import { ReceivedNumbers } from './received-numbers.js'
import { createSeries, type Series } from './series.js'

/** Enough for a 95th percentile, and about a second and a half. */
const PINGS = 60
const PING_INTERVAL_MS = 20

/** The first ones meet two processes that are still busy with connecting. */
const WARM_UP_PINGS = 5

/** Longer than any path takes to answer; only pings that are lost are waited for so long. */
const MIN_ANSWER_TIMEOUT_MS = 300
const MAX_ANSWER_TIMEOUT_MS = 10_000

/** Pings have this id; what answers a probe has the one of its series. */
const IDLE_PING_ID = 0

/** The receiver answers every so many probes: how far it has come. */
export const ANSWER_EVERY = 8

/** A peer cannot have more series counted than the one that is measured and its neighbours. */
const MAX_SERIES = 4

/** The channel for single packets: answers the peer's pings, measures with its own, counts series of packets. */
export class ProbeTraffic {
  readonly #channel: DataChannel
  readonly #sentMs = new Map<number, number>()
  readonly #series = new Map<number, Series>()
  #pings = 0
  #samples: number[] = []
  #progress = { id: 0, number: -1 }

  constructor(channel: DataChannel) {
    this.#channel = channel
  }

  /** Serves the channel until it closes or the signal aborts. */
  async run({ signal }: AbortOptions): Promise<void> {
    for await (const message of this.#channel.messages({ signal })) {
      const frame = readFrame(message)
      if (frame) await this.#take(frame, message.length, { signal })
    }
  }

  /** Round trips of the idle path, in milliseconds, in order; empty where nothing was answered. */
  async measureRoundTrips({ signal }: AbortOptions): Promise<number[]> {
    await this.#pingTimes(WARM_UP_PINGS, { signal })
    await this.#answered({ signal })
    this.#forget()
    await this.#pingTimes(PINGS, { signal })
    await this.#answered({ signal })
    return this.#forget()
  }

  /** Pings until the signal aborts, beside whatever else goes on, and resolves with the round trips. */
  async pingBeside(intervalMs: number, signal: AbortSignal): Promise<number[]> {
    this.#forget()
    try {
      for (;;) {
        await this.#ping({ signal })
        await delay(intervalMs, { signal })
      }
    } catch {
      return this.#forget()
    }
  }

  /** The series of that number, whether or not something of it has come. */
  series(id: number): Series {
    const known = this.#series.get(id)
    if (known) return known
    const series = createSeries(new Arrivals(0, new ReceivedNumbers(MAX_PROBES)))
    this.#series.set(id, series)
    const [oldest] = this.#series.keys()
    if (oldest !== undefined && this.#series.size > MAX_SERIES) this.#series.delete(oldest)
    return series
  }

  /** The highest probe of a series that the peer is known to have got or lost; -1 before the first. */
  progressOf(id: number): number {
    return this.#progress.id === id ? this.#progress.number : -1
  }

  async #take(frame: BenchFrame, bytes: number, { signal }: AbortOptions): Promise<void> {
    switch (frame.kind) {
      case 'ping':
        return this.#answer(frame, { signal })
      case 'pong': {
        if (frame.id !== IDLE_PING_ID) return this.#advance(frame)
        const sentMs = this.#sentMs.get(frame.number)
        this.#sentMs.delete(frame.number)
        if (sentMs !== undefined) this.#samples.push(rounded(performance.now() - sentMs))
        return undefined
      }
      case 'data':
        this.series(frame.id).add(frame.number, bytes, performance.now())
        return frame.number % ANSWER_EVERY === 0 ? this.#answer(frame, { signal }) : undefined
      case 'end':
        return this.series(frame.id).end(frame.number)
      default:
        return frame.kind satisfies never
    }
  }

  async #answer(frame: BenchFrame, { signal }: AbortOptions): Promise<void> {
    const pong = writeFrame(new Uint8Array(FRAME_HEAD_BYTES), { ...frame, kind: 'pong' })
    await this.#channel.send(pong, { signal })
  }

  #advance({ id, number }: BenchFrame): void {
    if (id !== this.#progress.id || number > this.#progress.number) this.#progress = { id, number }
  }

  async #pingTimes(times: number, { signal }: AbortOptions): Promise<void> {
    for (let count = 0; count < times; count += 1) {
      await this.#ping({ signal })
      await delay(PING_INTERVAL_MS, { signal })
    }
  }

  async #ping({ signal }: AbortOptions): Promise<void> {
    const number = this.#pings++
    const frame = writeFrame(new Uint8Array(FRAME_HEAD_BYTES), { kind: 'ping', id: IDLE_PING_ID, number })
    this.#sentMs.set(number, performance.now())
    await this.#channel.send(frame, { signal })
  }

  /** Resolves when every ping was answered, or those that were not would have been by now. */
  async #answered({ signal }: AbortOptions): Promise<void> {
    const startedMs = performance.now()
    while (this.#sentMs.size > 0) {
      const slowest = Math.max(0, ...this.#samples)
      const patienceMs = this.#samples.length > 0 ? 3 * slowest : MAX_ANSWER_TIMEOUT_MS
      if (performance.now() - startedMs > Math.max(MIN_ANSWER_TIMEOUT_MS, patienceMs)) return
      await delay(PING_INTERVAL_MS, { signal })
    }
  }

  #forget(): number[] {
    const samples = this.#samples
    this.#samples = []
    this.#sentMs.clear()
    return samples
  }
}

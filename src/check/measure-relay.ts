import { deferred } from '../async/deferred.js'
import { delay } from '../async/delay.js'
import { median } from './median.js'
import type { RelayEnd } from './relay-end.js'

/** Of data in a packet: with every header in front of it below the MTU of a tunnel. */
const PACKET_BYTES = 1_100
/** Sent at a pace that no network minds: what of them is lost is not lost to our own haste. */
const PROBES = 50
const PROBE_INTERVAL_MS = 4
const PROBE_TIMEOUT_MS = 500
const MEASURED_MS = 800
/** A slow network is not kept busy for long, a metered one not made to pay much. */
const MAX_BYTES = 16_000_000
const FIRST_WINDOW = 16
const MAX_WINDOW = 2_048
/** Packets that overtake another one before it counts as lost (RFC 5681 §3.2). */
const REORDERING = 3
/** Nothing arrives for this long: what was on the way is lost. */
const SILENCE_MS = 250
const TICK_MS = 5

export interface RelayFigures {
  /** From one allocation through the server to the other: once to the server and back. */
  roundTripTimeMs: number | null
  /** Of packets sent at a slow pace, 0 to 1. */
  lossRatio: number
  /** Of data that arrived; a lower bound, as a window is opened over less than a second. */
  bitsPerSecond: number
}

/** Sends through a TURN server from one allocation to another of this machine. */
export async function measureRelay(
  from: RelayEnd,
  to: RelayEnd,
  { signal }: { signal: AbortSignal },
): Promise<RelayFigures> {
  let onArrival: (data: Uint8Array) => void = () => undefined
  await Promise.all([
    from.connect(to.allocation.relayed, () => undefined),
    to.connect(from.allocation.relayed, (data) => onArrival(data)),
  ])
  const probing = new Probing((packet) => from.send(packet))
  onArrival = (data) => probing.arrived(data)
  const probed = await probing.run(signal)
  const flow = new Flow((packet) => from.send(packet))
  onArrival = (data) => flow.arrived(data)
  return { ...probed, bitsPerSecond: probed.lossRatio === 1 ? 0 : await flow.run(signal) }
}

/** Small packets one after the other, each with its number. */
class Probing {
  readonly #send: (packet: Uint8Array) => void
  readonly #sentMs: number[] = []
  readonly #times: number[] = []
  readonly #complete = deferred()

  constructor(send: (packet: Uint8Array) => void) {
    this.#send = send
  }

  async run(signal: AbortSignal): Promise<Pick<RelayFigures, 'roundTripTimeMs' | 'lossRatio'>> {
    while (this.#sentMs.length < PROBES && !signal.aborted) {
      this.#sentMs.push(performance.now())
      this.#send(Uint8Array.of(this.#sentMs.length - 1, 0, 0, 0))
      await delay(PROBE_INTERVAL_MS)
    }
    await Promise.race([this.#complete.promise, delay(PROBE_TIMEOUT_MS)])
    return { roundTripTimeMs: median(this.#times), lossRatio: 1 - this.#times.length / this.#sentMs.length }
  }

  arrived(data: Uint8Array): void {
    const sentMs = this.#sentMs[data[0] ?? PROBES]
    if (sentMs === undefined || this.#times.length === PROBES) return
    this.#times.push(performance.now() - sentMs)
    if (this.#times.length === PROBES) this.#complete.resolve()
  }
}

/** Packets with numbers; the window doubles each round trip until one is lost, then it halves and grows slowly. */
class Flow {
  readonly #send: (packet: Uint8Array) => void
  #window = FIRST_WINDOW
  #next = 0
  #highest = -1
  #arrivals = 0
  #lost = 0
  #lastArrivalMs = performance.now()
  #halvedAt = 0

  constructor(send: (packet: Uint8Array) => void) {
    this.#send = send
  }

  /** Bits per second that arrived. */
  async run(signal: AbortSignal): Promise<number> {
    const startMs = performance.now()
    const done = deferred()
    const timer = setInterval(() => {
      const nowMs = performance.now()
      if (nowMs - this.#lastArrivalMs > SILENCE_MS) this.#giveUpFlight(nowMs)
      if (nowMs - startMs >= MEASURED_MS || this.#next * PACKET_BYTES >= MAX_BYTES || signal.aborted)
        done.resolve()
      else this.#fill()
    }, TICK_MS)
    this.#fill()
    await done.promise
    clearInterval(timer)
    const seconds = (performance.now() - startMs) / 1000
    return Math.round((this.#arrivals * PACKET_BYTES * 8) / seconds)
  }

  arrived(data: Uint8Array): void {
    if (data.length !== PACKET_BYTES) return
    const number = new DataView(data.buffer, data.byteOffset).getUint32(0)
    if (number >= this.#next) return
    this.#arrivals += 1
    this.#lastArrivalMs = performance.now()
    this.#highest = Math.max(this.#highest, number)
    const lost = Math.max(0, this.#highest + 1 - REORDERING - this.#arrivals)
    if (lost > this.#lost) this.#shrink(lost)
    else this.#window = Math.min(MAX_WINDOW, this.#window + (this.#halvedAt === 0 ? 1 : 1 / this.#window))
    this.#fill()
  }

  #shrink(lost: number): void {
    this.#lost = lost
    // Once for all that was under way when it was noticed.
    if (this.#highest < this.#halvedAt) return
    this.#halvedAt = this.#next
    this.#window = Math.max(FIRST_WINDOW, this.#window / 2)
  }

  #giveUpFlight(nowMs: number): void {
    this.#lost = this.#next - this.#arrivals
    this.#highest = this.#next - 1
    this.#window = FIRST_WINDOW
    this.#lastArrivalMs = nowMs
  }

  #fill(): void {
    while (this.#next - this.#arrivals - this.#lost < this.#window && this.#next * PACKET_BYTES < MAX_BYTES) {
      const packet = new Uint8Array(PACKET_BYTES)
      new DataView(packet.buffer).setUint32(0, this.#next)
      this.#next += 1
      this.#send(packet)
    }
  }
}

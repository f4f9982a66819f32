import type { AbortOptions } from '../async/abortable.js'
import { PeerError } from '../errors.js'
import type { DataChannel, PeerConnection } from '../session/ports.js'
import type { ArrivalReport } from './arrivals.js'
import {
  BENCH_CONTROL,
  BENCH_PROBES,
  parseBenchMessage,
  violation,
  type BenchMessage,
  type ProbeOrder,
  type StreamOrder,
} from './bench-message.js'
import { sendProbes } from './probe-sender.js'
import { ProbeTraffic } from './probe-traffic.js'
import type { FinishedSeries, UntilHeard } from './series.js'
import { receiveStream, sendStream, streamChannel } from './stream-traffic.js'

/** The channels that both sides of a bench make before the first offer. */
export interface BenchChannels {
  control: DataChannel
  probes: DataChannel
}

export function createBenchChannels(connection: PeerConnection): BenchChannels {
  return {
    control: connection.createDataChannel(BENCH_CONTROL.label, BENCH_CONTROL.init),
    probes: connection.createDataChannel(BENCH_PROBES.label, BENCH_PROBES.init),
  }
}

/** Of a session, what a bench needs. */
export interface BenchSession {
  createDataChannel(label: string, init?: RTCDataChannelInit): DataChannel
  incomingDataChannels(options?: AbortOptions): AsyncIterable<DataChannel>
}

/** A series that went one way: what was sent, and what its receiver said arrived. */
export interface Delivery {
  sent: number
  arrivals: ArrivalReport
}

/** What was delivered of a series each way; undefined where nothing was sent that way. */
export interface Deliveries {
  outgoing: Delivery | undefined
  incoming: Delivery | undefined
}

/** One side of a bench: does its part of what was ordered, whichever side ordered it. */
export class BenchPeer {
  readonly probes: ProbeTraffic
  readonly #channels: BenchChannels
  readonly #session: BenchSession
  readonly #messages: AsyncIterator<BenchMessage>

  constructor(channels: BenchChannels, session: BenchSession, { signal }: AbortOptions) {
    this.#channels = channels
    this.#session = session
    this.probes = new ProbeTraffic(channels.probes)
    this.#messages = readMessages(channels.control, { signal })
  }

  async tell(message: BenchMessage, { signal }: AbortOptions): Promise<void> {
    await this.#channels.control.send(JSON.stringify(message), { signal })
  }

  /** The peer's next message; PEER_LOST where there is none. */
  async hear(): Promise<BenchMessage> {
    const { value, done } = await this.#messages.next()
    if (done) throw new PeerError('PEER_LOST', 'The peer left in the middle of a bench.')
    return value
  }

  /** Sends single packets at a steady pace, while the peer does the same. */
  async probe(order: ProbeOrder, { signal }: AbortOptions): Promise<Deliveries> {
    const heard = new AbortController()
    // They are sent at their pace or slower.
    const durationMs = 2 * order.messages * order.intervalMs
    const finished = this.probes.series(order.id).finished({ reliable: false, durationMs, signal })
    const sending = sendProbes(this.#channels.probes, this.probes, order, until(signal, heard))
    return this.#exchange(order.id, { sending, finished, heard })
  }

  /** Sends as much as the channel takes, receives as much as comes, or both. */
  async stream(
    order: StreamOrder,
    { sends, receives }: { sends: boolean; receives: boolean },
    { signal }: AbortOptions,
  ): Promise<Deliveries> {
    const { id } = order
    const { label, init } = streamChannel(order)
    // Closing it discards what the receiver no longer waits for.
    await using out = sends ? this.#session.createDataChannel(label, init) : undefined
    const into = receives ? await this.#incomingChannel(label, { signal }) : undefined
    // The binding hands over what comes before its event was handled after what comes later: nothing may come yet.
    if (into) await this.tell({ type: 'go', id }, { signal })
    if (out) await this.#hearGo(id)
    const heard = new AbortController()
    return await this.#exchange(id, {
      sending: out ? sendStream(out, order, until(signal, heard)) : undefined,
      finished: into ? receiveStream(into, order, { signal }) : undefined,
      heard,
    })
  }

  /** The peer tells what arrived after its own series has ended, so its word comes second. */
  async #exchange(id: number, { sending, finished, heard }: Exchange): Promise<Deliveries> {
    sending?.catch(() => undefined)
    const failed = failureOf(sending)
    const incoming = finished ? await Promise.race([this.#count(id, finished), failed]) : undefined
    const outgoing = sending ? await Promise.race([this.#toldArrivals(id), failed]) : undefined
    heard.abort()
    await sending
    return { outgoing, incoming }
  }

  async #incomingChannel(label: string, { signal }: AbortOptions): Promise<DataChannel> {
    for await (const channel of this.#session.incomingDataChannels({ signal })) {
      if (channel.label === label) return channel
      await channel[Symbol.asyncDispose]()
    }
    throw new PeerError('PEER_LOST', 'The peer left in the middle of a bench.')
  }

  /** Waits for the peer's series to end and tells it what arrived. */
  async #count(id: number, finished: Promise<FinishedSeries>): Promise<Delivery> {
    const { sent, arrivals } = await finished
    await this.tell({ type: 'arrived', id, sent, arrivals }, {})
    return { sent, arrivals }
  }

  async #toldArrivals(id: number): Promise<Delivery> {
    const message = await this.hear()
    if (message.type !== 'arrived' || message.id !== id) throw violation(`"${message.type}" out of turn`)
    return message
  }

  async #hearGo(id: number): Promise<void> {
    const message = await this.hear()
    if (message.type !== 'go' || message.id !== id) throw violation(`"${message.type}" out of turn`)
  }
}

interface Exchange {
  sending: Promise<void> | undefined
  finished: Promise<FinishedSeries> | undefined
  /** Aborted when the peer knows that the series has ended. */
  heard: AbortController
}

function until(signal: AbortSignal | undefined, heard: AbortController): UntilHeard {
  return { signal, heard: signal ? AbortSignal.any([signal, heard.signal]) : heard.signal }
}

async function* readMessages(control: DataChannel, options: AbortOptions): AsyncGenerator<BenchMessage> {
  for await (const raw of control.messages(options)) yield parseBenchMessage(raw)
}

/** Rejects as the sending does, and never settles otherwise. */
function failureOf(sending: Promise<void> | undefined): Promise<never> {
  const failed = new Promise<never>((_resolve, reject) => {
    sending?.catch(reject)
  })
  failed.catch(() => undefined)
  return failed
}

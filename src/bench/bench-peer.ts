import type { AbortOptions } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { ChannelKind } from '../events/bench.js'
import type { DataChannel, PeerConnection } from '../session/ports.js'
import { Arrivals, type ArrivalReport } from './arrivals.js'
import { readFrame, writeFrame } from './bench-frame.js'
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
import { createSeries, isReliable, sayEnd, type FinishedSeries, type UntilHeard } from './series.js'

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

/** What may still come after a channel that gives up has said its last. */
const SETTLE_MS = 300

/** For what was sent in time and is queued somewhere; over a slow path that can be far more than is worth waiting for. */
const BACKLOG_MS = 1_000

/** A sender that always finds room must let the loop turn all the same. */
const MAX_BURST_MS = 8

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
    const enoughMs = 2 * order.messages * order.intervalMs + BACKLOG_MS
    const finished = this.probes
      .series(order.id)
      .finished({ reliable: false, settleMs: SETTLE_MS, enoughMs, signal })
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
    // Closing it discards what the receiver no longer waits for.
    await using out = sends
      ? this.#session.createDataChannel(streamLabel(id), channelInit(order.channel))
      : undefined
    const into = receives ? await this.#incomingChannel(streamLabel(id), { signal }) : undefined
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

async function sendStream(
  channel: DataChannel,
  { id, messageBytes, durationMs }: StreamOrder,
  { signal, heard }: UntilHeard,
): Promise<void> {
  const message = new Uint8Array(messageBytes)
  const endMs = performance.now() + durationMs
  let turnMs = performance.now()
  let sent = 0
  for (let nowMs = turnMs; nowMs < endMs && !heard.aborted; nowMs = performance.now()) {
    await channel.send(writeFrame(message, { kind: 'data', id, number: sent }), { signal })
    sent += 1
    if (nowMs - turnMs < MAX_BURST_MS) continue
    await delay(0, { signal })
    turnMs = performance.now()
  }
  await sayEnd(channel, { id, sent }, { signal: heard })
}

async function receiveStream(
  channel: DataChannel,
  order: StreamOrder,
  { signal }: AbortOptions,
): Promise<FinishedSeries> {
  const series = createSeries(new Arrivals(order.durationMs))
  const finished = new AbortController()
  const reading = readSeries(
    channel,
    series,
    signal ? AbortSignal.any([finished.signal, signal]) : finished.signal,
  )
  try {
    return await series.finished({
      reliable: isReliable(order.channel),
      settleMs: SETTLE_MS + (order.channel.maxPacketLifeTime ?? 0),
      enoughMs: order.durationMs + BACKLOG_MS,
      signal,
    })
  } finally {
    finished.abort()
    await reading
  }
}

async function* readMessages(control: DataChannel, options: AbortOptions): AsyncGenerator<BenchMessage> {
  for await (const raw of control.messages(options)) yield parseBenchMessage(raw)
}

/** Never rejects: what ends the reading early ends the series, whose failure is told there. */
async function readSeries(
  channel: DataChannel,
  series: ReturnType<typeof createSeries>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const message of channel.messages({ signal })) {
      const frame = readFrame(message)
      if (frame?.kind === 'data') series.add(frame.number, message.length, performance.now())
      if (frame?.kind === 'end') series.end(frame.number)
    }
  } catch {
    // Aborted: the series has finished.
  }
}

/** Rejects as the sending does, and never settles otherwise. */
function failureOf(sending: Promise<void> | undefined): Promise<never> {
  const failed = new Promise<never>((_resolve, reject) => {
    sending?.catch(reject)
  })
  failed.catch(() => undefined)
  return failed
}

function streamLabel(id: number): string {
  return `bench.${id}`
}

function channelInit({ ordered, maxRetransmits, maxPacketLifeTime }: ChannelKind): RTCDataChannelInit {
  return {
    ordered,
    ...(maxRetransmits === null ? {} : { maxRetransmits }),
    ...(maxPacketLifeTime === null ? {} : { maxPacketLifeTime }),
  }
}

import type { AbortOptions } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import type { ChannelKind } from '../events/bench.js'
import type { DataChannel } from '../session/ports.js'
import { Arrivals } from './arrivals.js'
import { readFrame, writeFrame } from './bench-frame.js'
import type { StreamOrder } from './bench-message.js'
import { createSeries, sayEnd, type FinishedSeries, type Series, type UntilHeard } from './series.js'

/** A sender that always finds room must let the loop turn all the same. */
const MAX_BURST_MS = 8

/** The channel of a stream, the same on both sides. */
export function streamChannel({ id, channel }: StreamOrder): { label: string; init: RTCDataChannelInit } {
  const { ordered, maxRetransmits, maxPacketLifeTime } = channel
  const init = {
    ordered,
    ...(maxRetransmits === null ? {} : { maxRetransmits }),
    ...(maxPacketLifeTime === null ? {} : { maxPacketLifeTime }),
  }
  return { label: `bench.${id}`, init }
}

/** Sends as much as the channel takes, for the time ordered, then says that it has ended until the peer has heard it. */
export async function sendStream(
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

/** Counts what comes of the peer's stream, until nothing of it can come any more. */
export async function receiveStream(
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
      durationMs: order.durationMs,
      lifeTimeMs: order.channel.maxPacketLifeTime ?? 0,
      signal,
    })
  } finally {
    finished.abort()
    await reading
  }
}

/** Never rejects: what ends the reading early ends the series, whose failure is told there. */
async function readSeries(channel: DataChannel, series: Series, signal: AbortSignal): Promise<void> {
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

function isReliable({ maxRetransmits, maxPacketLifeTime }: ChannelKind): boolean {
  return maxRetransmits === null && maxPacketLifeTime === null
}

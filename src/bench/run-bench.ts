import { abortable, type AbortOptions } from '../async/abortable.js'
import type { BenchResult } from '../events/bench.js'
import { BenchPeer, type BenchChannels, type BenchSession } from './bench-peer.js'
import { violation, type StreamOrder } from './bench-message.js'
import type { BenchCase, BenchPlan } from './bench-plan.js'
import { PROBE_BYTES, probesUnderway } from './probe-sender.js'
import { add, lossOf, lossResult, mirrored, NOTHING_SENT, throughputResult } from './bench-result.js'
import { summariseRoundTrips } from './distribution.js'
import { messagesFor } from './loss-margin.js'

export interface RunBenchOptions extends AbortOptions {
  /** What to measure where this side leads. */
  plan: BenchPlan
  /** Whether somebody chose the plan; the peer's is then left alone, unless somebody chose that one too. */
  chosen: boolean
  /** Leads where both were chosen, or none. */
  initiator: boolean
  onResult: (result: BenchResult) => void
}

/** As fast as timers are; a long path makes it slower, as only so many probes may be under way. */
const MIN_PROBE_INTERVAL_MS = 1

/** The loss is measured until it is known within this, or until its time is up. */
const WANTED_LOSS_MARGIN = 0.003
const FIRST_ROUND = 1_000
const MAX_ROUND = 3_000

const PING_BESIDE_MS = 100

/**
 * Measures with a peer that does the same, and reports each result; both sides report all of them, each from its own
 * point of view. Resolves on the side that leads when everything is measured and told, on the other when it has heard.
 */
export async function runBench(
  channels: BenchChannels,
  session: BenchSession,
  { plan, chosen, initiator, onResult, signal }: RunBenchOptions,
): Promise<{ leads: boolean }> {
  const stop = new AbortController()
  const ending = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const peer = new BenchPeer(channels, session, { signal: ending })
  const answering = peer.probes.run({ signal: ending })
  answering.catch(() => undefined)
  try {
    await abortable(Promise.all([channels.control.opened, channels.probes.opened]), signal)
    await peer.tell({ type: 'hello', leads: chosen }, { signal })
    const hello = await peer.hear()
    if (hello.type !== 'hello') throw violation(`"${hello.type}" before "hello"`)
    const leads = chosen === hello.leads ? initiator : chosen
    await (leads ? lead(peer, plan, onResult, ending) : follow(peer, onResult, ending))
    return { leads }
  } finally {
    stop.abort()
    await answering.catch(() => undefined)
  }
}

async function lead(
  peer: BenchPeer,
  { cases, durationMs, lossTimeMs }: BenchPlan,
  onResult: (result: BenchResult) => void,
  signal: AbortSignal,
): Promise<void> {
  const report = async (result: BenchResult) => {
    onResult(result)
    await peer.tell({ type: 'result', result }, { signal })
  }
  const roundTripTimeMs = summariseRoundTrips(await peer.probes.measureRoundTrips({ signal }))
  if (roundTripTimeMs) await report({ measure: 'rtt', roundTripTimeMs })
  const losses = await measureLoss(
    peer,
    { roundTripMs: roundTripTimeMs?.p50 ?? 0, timeMs: lossTimeMs },
    signal,
  )
  for (const result of losses) await report(result)
  for (const [index, benchCase] of cases.entries()) {
    const results = await measureStream(peer, { id: index, ...benchCase, durationMs }, signal)
    for (const result of results) await report(result)
  }
  await peer.tell({ type: 'end' }, { signal })
}

async function follow(
  peer: BenchPeer,
  onResult: (result: BenchResult) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const message = await peer.hear()
    switch (message.type) {
      case 'probe':
        await peer.probe(message, { signal })
        break
      case 'stream': {
        const { direction } = message
        await peer.stream(message, { sends: direction !== 'up', receives: direction !== 'down' }, { signal })
        break
      }
      case 'result':
        onResult(mirrored(message.result))
        break
      case 'end':
        return
      case 'hello':
      case 'go':
      case 'arrived':
        throw violation(`"${message.type}" out of turn`)
      default:
        message satisfies never
    }
  }
}

/** Rounds of probes both ways until the loss is known well enough each way. */
async function measureLoss(
  peer: BenchPeer,
  { roundTripMs, timeMs }: { roundTripMs: number; timeMs: number },
  signal: AbortSignal,
): Promise<BenchResult[]> {
  const intervalMs = Math.min(
    1_000,
    Math.max(MIN_PROBE_INTERVAL_MS, roundTripMs / probesUnderway(PROBE_BYTES)),
  )
  const endMs = performance.now() + timeMs
  const up = { ...NOTHING_SENT }
  const down = { ...NOTHING_SENT }
  const missing = () =>
    Math.max(...[up, down].map((tally) => messagesFor(WANTED_LOSS_MARGIN, lossOf(tally)) - tally.sent))
  for (let id = 1; missing() > 0; id += 1) {
    const affordable = Math.floor((endMs - performance.now()) / intervalMs)
    const messages = Math.min(Math.max(missing(), id === 1 ? FIRST_ROUND : 1), MAX_ROUND, affordable)
    if (messages < 1) break
    const order = { type: 'probe', id, messages, messageBytes: PROBE_BYTES, intervalMs } as const
    await peer.tell(order, { signal })
    const { outgoing, incoming } = await peer.probe(order, { signal })
    add(up, outgoing)
    add(down, incoming)
  }
  return [lossResult('up', up), lossResult('down', down)]
}

async function measureStream(
  peer: BenchPeer,
  order: BenchCase & { id: number; durationMs: number },
  signal: AbortSignal,
): Promise<BenchResult[]> {
  const stop = new AbortController()
  const pinging = peer.probes.pingBeside(PING_BESIDE_MS, AbortSignal.any([signal, stop.signal]))
  const message: StreamOrder = { type: 'stream', ...order }
  try {
    await peer.tell(message, { signal })
    const { direction } = order
    const roles = { sends: direction !== 'down', receives: direction !== 'up' }
    const { outgoing, incoming } = await peer.stream(message, roles, { signal })
    stop.abort()
    const samples = await pinging
    return [
      ...(outgoing ? [throughputResult('up', order, outgoing, samples)] : []),
      ...(incoming ? [throughputResult('down', order, incoming, samples)] : []),
    ]
  } finally {
    stop.abort()
    await pinging
  }
}

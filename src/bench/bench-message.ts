import * as v from 'valibot'
import { PeerError } from '../errors.js'
import { benchResultSchema, channelKindSchema } from '../events/bench.js'
import { CHANNEL_IDS } from '../session/channel-ids.js'
import { readJsonMessage } from '../session/json-message.js'
import type { Message } from '../session/ports.js'
import { DIRECTIONS } from './bench-plan.js'
import { FRAME_HEAD_BYTES } from './bench-frame.js'

/** What the two sides of a bench tell each other: JSON, reliable and in order. */
export const BENCH_CONTROL = {
  label: 'bench',
  init: { negotiated: true, id: CHANNEL_IDS.bench, protocol: 'webrtc-cli.bench.v1' },
} as const

/** Pings and single packets: a message that is lost stays lost. */
export const BENCH_PROBES = {
  label: 'bench.probes',
  init: { negotiated: true, id: CHANNEL_IDS.benchProbes, ordered: false, maxRetransmits: 0 },
} as const

/** Bounds on what a peer can have this side do. */
const MAX_DURATION_MS = 600_000
export const MAX_PROBES = 50_000
const MAX_MESSAGE_BYTES = 262_144
const MAX_WINDOWS = 10_000

const whole = (max: number, min = 0) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const id = whole(65_535)
const amount = whole(Number.MAX_SAFE_INTEGER)
const finite = v.pipe(v.number(), v.finite(), v.minValue(0))

const arrivals = v.object({
  received: amount,
  reordered: amount,
  bytes: amount,
  durationMs: finite,
  windowMs: finite,
  windows: v.pipe(v.array(finite), v.maxLength(MAX_WINDOWS)),
  lostRunSquares: v.optional(amount),
})

const benchMessageSchema = v.variant('type', [
  /** `leads` where the user of this side chose what is measured. */
  v.object({ type: v.literal('hello'), leads: v.boolean() }),
  v.object({
    type: v.literal('probe'),
    id,
    messages: whole(MAX_PROBES, 1),
    messageBytes: whole(1_024, FRAME_HEAD_BYTES),
    intervalMs: v.pipe(finite, v.minValue(0.1), v.maxValue(1_000)),
  }),
  v.object({
    type: v.literal('stream'),
    id,
    channel: channelKindSchema,
    messageBytes: whole(MAX_MESSAGE_BYTES, FRAME_HEAD_BYTES),
    durationMs: v.pipe(finite, v.maxValue(MAX_DURATION_MS)),
    direction: v.picklist(DIRECTIONS),
  }),
  /** The channel of a stream is there: the sender may begin. */
  v.object({ type: v.literal('go'), id }),
  /** What arrived of what this side's peer sent. */
  v.object({ type: v.literal('arrived'), id, sent: amount, arrivals }),
  /** What the side that leads found out, for the other one to report too. */
  v.object({ type: v.literal('result'), result: benchResultSchema }),
  v.object({ type: v.literal('end') }),
])
export type BenchMessage = v.InferOutput<typeof benchMessageSchema>
export type ProbeOrder = Extract<BenchMessage, { type: 'probe' }>
export type StreamOrder = Extract<BenchMessage, { type: 'stream' }>

/** Reads a message of the peer; PROTOCOL_VIOLATION names the field that is wrong. */
export function parseBenchMessage(raw: Message): BenchMessage {
  const json = readJsonMessage(raw, violation)
  const parsed = v.safeParse(benchMessageSchema, json)
  if (parsed.success) return parsed.output
  throw violation(`a message with a broken field "${v.getDotPath(parsed.issues[0]) ?? 'type'}"`)
}

export function violation(what: string): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `The peer sent ${what} in a bench.`, {
    hint: 'Is the other side a webrtc-cli of the same version?',
  })
}

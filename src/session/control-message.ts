import * as v from 'valibot'
import { PeerError } from '../errors.js'
import { peerMessageSchema, roleSchema } from '../signaling/message.js'
import { CHANNEL_IDS } from './channel-ids.js'
import { readJsonMessage } from './json-message.js'

/**
 * The control channel: negotiated, reliable and ordered, JSON text messages. It carries what the two
 * sessions have to tell each other once they no longer need the signaling server.
 */
export const CONTROL_CHANNEL = {
  label: 'webrtc-cli.control',
  id: CHANNEL_IDS.control,
  protocol: 'webrtc-cli.control.v1',
} as const

/** What a peer can do in this session; the other side checks it before it starts something that cannot end well. */
export const FEATURES = [
  'chat',
  /** Sends and receives files while the session goes on, each transfer over a connection of its own. */
  'files',
  'send-file',
  'receive-file',
  'pipe',
  'bench',
  'media',
  'stats',
] as const
export type Feature = (typeof FEATURES)[number]

const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength))

/** Pixels; a claim beyond it would only make the other side reserve memory. */
const pictureSide = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096))

/** Absent says `live`. A muted track is black or silent, a paused one carries nothing. */
const trackMode = v.optional(v.picklist(['live', 'muted', 'paused']))

const connectionId = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

const controlMessageSchema = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    version: v.literal(1),
    /** What the peer was started as, for messages to people. */
    verb: text(32),
    features: v.pipe(v.array(text(32)), v.maxLength(32)),
  }),
  v.object({ type: v.literal('ping'), id: v.number() }),
  v.object({
    type: v.literal('pong'),
    id: v.number(),
    /** When it was answered, on the monotonic clock that this peer also stamps its pictures with; milliseconds. */
    timeMs: v.optional(v.pipe(v.number(), v.finite())),
  }),
  v.object({
    type: v.literal('media'),
    /** What is sent, so that the other side can draw the same pictures and compare; null where nothing is. */
    video: v.nullable(
      v.object({
        /** As `--video` takes it. */
        source: text(4096),
        /** As `--filter` takes it; empty where nothing is filtered. */
        filter: text(4096),
        width: pictureSide,
        height: pictureSide,
        frameRate: v.pipe(v.number(), v.minValue(0.01), v.maxValue(1000)),
        mode: trackMode,
      }),
    ),
    /** As `--audio` takes it. */
    audio: v.nullable(v.object({ source: text(4096), mode: trackMode })),
  }),
  v.object({
    type: v.literal('connection'),
    id: connectionId,
    /** What the side that says this is in the connection; each side counts those that it offers. */
    role: roleSchema,
    /** A signaling message between the two ends of one further connection. */
    message: peerMessageSchema,
  }),
  v.object({
    /** This side sends nothing on it any more, or never will. */
    type: v.literal('connection-end'),
    id: connectionId,
    role: roleSchema,
    reason: text(256),
  }),
  v.object({ type: v.literal('bye'), reason: text(256) }),
])

const TYPES: readonly string[] = controlMessageSchema.options.map(({ entries }) => entries.type.literal)

export type ControlMessage = v.InferOutput<typeof controlMessageSchema>
export type ControlHello = Extract<ControlMessage, { type: 'hello' }>

/** What the two sessions tell each other about further connections between them. */
export type ConnectionMessage = Extract<ControlMessage, { type: 'connection' | 'connection-end' }>

/** What a peer says that it sends. */
export type MediaAnnouncement = Omit<Extract<ControlMessage, { type: 'media' }>, 'type'>

/** Reads a control message; undefined for a type a newer version may know, PROTOCOL_VIOLATION for a broken one. */
export function parseControlMessage(raw: string | Uint8Array): ControlMessage | undefined {
  const json = readJsonMessage(raw, violation)
  const type = v.safeParse(v.object({ type: v.string() }), json)
  if (!type.success) throw violation('a message without a type')
  if (!TYPES.includes(type.output.type)) return undefined
  const parsed = v.safeParse(controlMessageSchema, json)
  if (!parsed.success) {
    // The value is not repeated: it is foreign text of any length.
    const field = v.getDotPath(parsed.issues[0]) ?? 'type'
    throw violation(`a broken "${type.output.type}" (field "${field}")`)
  }
  return parsed.output
}

function violation(what: string): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `The peer sent ${what} on the control channel.`, {
    hint: 'Is the other side a webrtc-cli of the same version?',
  })
}

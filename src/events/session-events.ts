import * as v from 'valibot'
import { milliseconds } from './quantities.js'
import { candidatePairSchema, candidateTypeSchema } from './stats.js'

/** Events of a session: the room, how the connection comes up, and what is said in it. */
export const sessionEventSchemas = [
  v.object({ event: v.literal('listening'), url: v.string(), embedded: v.boolean() }),
  v.object({
    event: v.literal('room'),
    room: v.string(),
    peerId: v.string(),
    role: v.picklist(['offerer', 'answerer']),
    /** What the other side types; only where one was made up. */
    code: v.optional(v.string()),
    /** The same as a whole command line. */
    command: v.optional(v.string()),
  }),
  v.object({ event: v.literal('peer-joined'), peerId: v.string(), name: v.nullable(v.string()) }),
  v.object({
    event: v.literal('peer-left'),
    peerId: v.string(),
    name: v.nullable(v.string()),
    reason: v.string(),
  }),
  v.object({
    event: v.literal('candidate'),
    side: v.picklist(['local', 'remote']),
    type: candidateTypeSchema,
    protocol: v.nullable(v.string()),
    address: v.nullable(v.string()),
    port: v.nullable(v.number()),
    relatedAddress: v.nullable(v.string()),
    relatedPort: v.nullable(v.number()),
    priority: v.nullable(v.number()),
    url: v.nullable(v.string()),
    elapsedMs: milliseconds,
  }),
  v.object({
    event: v.literal('state'),
    connectionState: v.string(),
    iceConnectionState: v.string(),
    iceGatheringState: v.string(),
    signalingState: v.string(),
  }),
  v.object({
    event: v.literal('authenticated'),
    auth: v.picklist(['code', 'secret', 'none']),
    verifier: v.nullable(v.string()),
    /** SHA-256 of the peer's DTLS certificate, as in `a=fingerprint`. */
    fingerprint: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('connected'),
    elapsedMs: milliseconds,
    candidatePair: v.nullable(candidatePairSchema),
  }),
  v.object({ event: v.literal('candidate-pair'), ...candidatePairSchema.entries }),
  v.object({
    event: v.literal('chat'),
    from: v.nullable(v.string()),
    text: v.string(),
    direction: v.picklist(['in', 'out']),
  }),
] as const

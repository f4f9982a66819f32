import * as v from 'valibot'
import { PeerError } from '../errors.js'
import { CHANNEL_IDS } from '../session/channel-ids.js'
import { peerMessageSchema } from '../signaling/message.js'
import { ENTRIES_PER_MESSAGE, manifestEntrySchema } from './manifest.js'

/**
 * The transfer protocol, version 1. The negotiated channel `transfer` (reliable, ordered, JSON text) carries the
 * messages below; one or more data channels carry frames (see frame.ts), the first of them negotiated too.
 *
 *   sender                        receiver
 *     entries, ..., offer  ----->            every file and directory, before anything is created
 *            <------ skip, ...               files that are there already and of which only the hash is wanted
 *            <------ have, ..., accept       groups of bytes that are there already; or decline
 *            <---------------- credit, ...   how far it may be sent, where it is taken in order (a stream, stdout)
 *     DATA frames  ------------->            never more than the window beyond what was acknowledged
 *            <--------------- ACK frames
 *     matched  ----------------->            ranges of `have` that are equal and are not sent
 *     hashes  ------------------>            SHA-256 of each file as it was read, in order
 *     association <-----------> association  set-up of further connections for DATA
 *     association-end  -------->            this one is used no more; the receiver closes it
 *            <-------------------- verified  all files hashed, synced and published
 *     done  -------------------->            the sender knows; both may leave
 *
 * `cancel` from either side ends it at any time.
 */
export const TRANSFER_CHANNEL = {
  label: 'webrtc-cli.transfer',
  id: CHANNEL_IDS.transfer,
  protocol: 'webrtc-cli.transfer.v1',
} as const
export const DATA_CHANNEL = {
  label: 'webrtc-cli.transfer.data',
  id: CHANNEL_IDS.transferData,
  protocol: 'webrtc-cli.transfer.v1',
} as const
export const PROBE_CHANNEL = {
  label: 'webrtc-cli.transfer.probe',
  id: CHANNEL_IDS.transferProbe,
  protocol: 'webrtc-cli.transfer.v1',
} as const

/** What is compared to resume: small enough to cost little when it is damaged, large enough to be few. */
export const GROUP_BYTES = 1024 * 1024

/** Base64 of 16 bytes of the group's SHA-256, one after the other without a separator: 24 characters each. */
export const GROUP_DIGEST_LENGTH = 24
export const GROUPS_PER_MESSAGE = 4_000

/** 34 KB as JSON: what every peer takes in one message. */
export const HASHES_PER_MESSAGE = 500

/** Those that failed and were replaced are counted too. */
const MAX_ASSOCIATION_ID = 4095

const integer = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const associationId = v.pipe(integer, v.minValue(1), v.maxValue(MAX_ASSOCIATION_ID))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength))

const transferMessageSchema = v.variant('type', [
  v.object({
    type: v.literal('entries'),
    entries: v.pipe(v.array(manifestEntrySchema), v.minLength(1), v.maxLength(ENTRIES_PER_MESSAGE)),
  }),
  v.object({ type: v.literal('offer'), version: v.literal(1), count: integer, bytes: integer }),
  v.object({
    type: v.literal('skip'),
    files: v.pipe(v.array(integer), v.minLength(1), v.maxLength(GROUPS_PER_MESSAGE)),
  }),
  v.object({
    type: v.literal('have'),
    file: integer,
    /** Number of the first group listed. */
    first: integer,
    digests: text(GROUPS_PER_MESSAGE * GROUP_DIGEST_LENGTH),
  }),
  v.object({
    type: v.literal('accept'),
    windowBytes: v.pipe(integer, v.minValue(16 * 1024)),
    associations: integer,
    /** Each file may be sent up to this offset and then as far as `credit` says; without it there is no limit. */
    creditBytes: v.optional(integer),
    /** What DATA frames may be encoded with. */
    encodings: v.optional(v.pipe(v.array(text(32)), v.maxLength(16))),
  }),
  v.object({ type: v.literal('credit'), file: integer, limit: integer }),
  v.object({ type: v.literal('decline'), reason: text(1024) }),
  v.object({ type: v.literal('matched'), file: integer, start: integer, end: integer }),
  v.object({
    type: v.literal('hashes'),
    /** The first file; the others are those after it in the manifest, one after the other. */
    file: integer,
    sha256: v.pipe(v.array(sha256), v.minLength(1), v.maxLength(HASHES_PER_MESSAGE)),
    /** How long the stream was. */
    bytes: v.optional(integer),
  }),
  v.object({
    type: v.literal('association'),
    id: associationId,
    /** What its ICE transport is to run over; the same in every message of one association. */
    transport: v.picklist(['udp', 'tcp']),
    /** A signaling message between the two connections of this association. */
    message: peerMessageSchema,
  }),
  v.object({ type: v.literal('association-end'), id: associationId }),
  v.object({
    type: v.literal('verified'),
    files: integer,
    /** Files that were there, differ and were left as they are. */
    kept: integer,
  }),
  v.object({ type: v.literal('done') }),
  v.object({ type: v.literal('cancel'), code: text(64), reason: text(1024) }),
])

export type TransferMessage = v.InferOutput<typeof transferMessageSchema>
export type TransferMessageOf<Type extends TransferMessage['type']> = Extract<TransferMessage, { type: Type }>

/** Reads one message; PROTOCOL_VIOLATION names the field that is wrong. */
export function parseTransferMessage(raw: string | Uint8Array): TransferMessage {
  if (typeof raw !== 'string') throw violation('a binary message on the transfer channel')
  let json: unknown
  try {
    json = JSON.parse(raw)
  } catch {
    throw violation('a transfer message that is not JSON')
  }
  const parsed = v.safeParse(transferMessageSchema, json)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw violation(`a broken transfer message: ${v.getDotPath(issue) ?? 'message'}: ${issue.message}`)
}

function violation(what: string): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `The peer sent ${what}.`, {
    hint: 'Both sides need the same version of webrtc-cli.',
  })
}

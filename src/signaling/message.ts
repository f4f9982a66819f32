import * as v from 'valibot'
import { PeerError } from '../errors.js'

/** WebSocket subprotocol (RFC 6455 §1.9); carries the version, so that a stranger's server is told apart at once. */
export const SUBPROTOCOL = 'webrtc-cli.v1'

/** The only version of the messages below; the server states it in `hello`. */
export const PROTOCOL_VERSION = 1

/** One frame in bytes of UTF-8; the largest session descriptions of browsers stay below 20 KiB. */
export const MAX_MESSAGE_BYTES = 65_536

/** Characters; leaves room in a frame for the JSON around the session description. */
const MAX_SDP_LENGTH = 60 * 1024

/** How a peer came to be in the room no longer: by its own word, by the end of its socket, or by its silence. */
const LEAVE_REASONS = ['left', 'disconnected', 'timed-out'] as const
export type LeaveReason = (typeof LEAVE_REASONS)[number]

/** Printable code points: no controls, no invisible formatting (bidi overrides), no lone surrogates. */
const PRINTABLE_ROOM = /^[^\p{C}\p{Zl}\p{Zp}]{1,128}$/u
const PRINTABLE_NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u
const PRINTABLE_SENTENCE = /^[^\p{C}\p{Zl}\p{Zp}]{0,512}$/u
const PEER_ID = /^[\w-]{1,64}$/
const ERROR_CODE = /^[a-z][a-z0-9-]{0,63}$/

const text = (maxLength: number) =>
  v.pipe(v.string('must be a string'), v.maxLength(maxLength, `must be at most ${maxLength} characters long`))
const integer = (minimum: number, maximum: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(minimum, `must be at least ${minimum}`),
    v.maxValue(maximum, `must be at most ${maximum}`),
  )
const matching = (pattern: RegExp, rule: string) => v.pipe(v.string(rule), v.regex(pattern, rule))

const roomName = matching(PRINTABLE_ROOM, 'must be 1 to 128 printable characters')
const peerName = v.nullable(matching(PRINTABLE_NAME, 'must be null or 1 to 64 printable characters'))
const sentence = matching(PRINTABLE_SENTENCE, 'must be at most 512 printable characters')
const peerId = matching(PEER_ID, 'must be 1 to 64 letters, digits, "-" or "_"')
const messageId = integer(0, Number.MAX_SAFE_INTEGER)

export const roleSchema = v.picklist(['offerer', 'answerer'], 'must be "offerer" or "answerer"')

/** Who makes the first offer. */
export type Role = v.InferOutput<typeof roleSchema>

const roomPeer = v.object({ peerId, role: roleSchema, name: peerName })

/** Another peer in the room. */
export type RoomPeer = v.InferOutput<typeof roomPeer>

const iceServer = v.object({
  urls: v.union(
    [text(512), v.pipe(v.array(text(512)), v.maxLength(16))],
    'must be a URL or a list of up to 16 URLs',
  ),
  username: v.optional(text(512)),
  credential: v.optional(text(512)),
})

const iceCandidate = v.object({
  candidate: text(1024),
  sdpMid: v.nullable(text(256)),
  sdpMLineIndex: v.nullable(integer(0, 65_535)),
  usernameFragment: v.optional(v.nullable(text(256))),
})

const offer = { type: v.literal('offer'), sdp: text(MAX_SDP_LENGTH) }
const answer = { type: v.literal('answer'), sdp: text(MAX_SDP_LENGTH) }
const candidate = { type: v.literal('candidate'), candidate: iceCandidate }
const endOfCandidates = { type: v.literal('end-of-candidates') }
const bye = { type: v.literal('bye'), reason: sentence }

export const peerMessageSchema = v.variant('type', [
  v.object(offer),
  v.object(answer),
  v.object(candidate),
  v.object(endOfCandidates),
  v.object(bye),
])

/** What one peer says to another through the server, without the address. */
export type PeerMessage = v.InferOutput<typeof peerMessageSchema>

const clientMessageSchema = v.variant('type', [
  v.object({ type: v.literal('join'), room: roomName, role: roleSchema, name: peerName }),
  v.object({ ...offer, to: peerId }),
  v.object({ ...answer, to: peerId }),
  v.object({ ...candidate, to: peerId }),
  v.object({ ...endOfCandidates, to: peerId }),
  v.object({ ...bye, to: peerId }),
  v.object({ type: v.literal('leave') }),
  v.object({ type: v.literal('ping'), id: messageId }),
])

export type ClientMessage = v.InferOutput<typeof clientMessageSchema>

const serverMessageSchema = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    version: messageId,
    server: sentence,
    maxMessageBytes: integer(1024, Number.MAX_SAFE_INTEGER),
  }),
  v.object({
    type: v.literal('joined'),
    room: roomName,
    peerId,
    peers: v.pipe(v.array(roomPeer, 'must be a list'), v.maxLength(256, 'must have at most 256 entries')),
    iceServers: v.pipe(v.array(iceServer, 'must be a list'), v.maxLength(16, 'must have at most 16 entries')),
  }),
  v.object({ type: v.literal('peer-joined'), peer: roomPeer }),
  v.object({
    type: v.literal('peer-left'),
    peerId,
    reason: v.picklist(LEAVE_REASONS, 'must be "left", "disconnected" or "timed-out"'),
  }),
  v.object({ ...offer, from: peerId }),
  v.object({ ...answer, from: peerId }),
  v.object({ ...candidate, from: peerId }),
  v.object({ ...endOfCandidates, from: peerId }),
  v.object({ ...bye, from: peerId }),
  v.object({
    type: v.literal('error'),
    /** One of ServerErrorCode, or one that a newer server has added. */
    code: matching(ERROR_CODE, 'must be 1 to 64 lower-case letters, digits or "-"'),
    message: sentence,
    retryAfterMs: v.optional(integer(0, 86_400_000)),
  }),
  v.object({ type: v.literal('pong'), id: messageId }),
])

export type ServerMessage = v.InferOutput<typeof serverMessageSchema>

/** The codes this version's server puts into `error`; what each means and what follows is in README.md. */
export type ServerErrorCode =
  | 'room-full'
  | 'bad-message'
  | 'not-joined'
  | 'already-joined'
  | 'no-such-peer'
  | 'rate-limited'
  | 'too-large'
  | 'server-full'
  | 'join-timeout'
  | 'going-away'
  | 'internal'

const CLIENT_TYPES = new Set<string>(clientMessageSchema.options.map((option) => option.entries.type.literal))
const SERVER_TYPES = new Set<string>(serverMessageSchema.options.map((option) => option.entries.type.literal))

/** Reads what a client sent; anything malformed or unknown is a PROTOCOL_VIOLATION that names the field. */
export function parseClientMessage(text: string): ClientMessage {
  const { type, value } = parseTyped(text, 'client')
  if (!CLIENT_TYPES.has(type)) throw violation('The client sent a message with an unknown "type".')
  return validate(clientMessageSchema, value, `The client sent a malformed "${type}" message`)
}

/**
 * Reads what a server sent; malformed is a PROTOCOL_VIOLATION that names the field. Undefined for a type this
 * version does not know: a newer server may say more, and what is new can be ignored.
 */
export function parseServerMessage(text: string): ServerMessage | undefined {
  const { type, value } = parseTyped(text, 'signaling server')
  if (!SERVER_TYPES.has(type)) return undefined
  return validate(serverMessageSchema, value, `The signaling server sent a malformed "${type}" message`)
}

/** The text frame of a message. */
export function serialiseMessage(message: ClientMessage | ServerMessage): string {
  return JSON.stringify(message)
}

function parseTyped(text: string, sender: string): { type: string; value: unknown } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw violation(`The ${sender} sent a message that is not JSON.`, error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw violation(`The ${sender} sent a message that is not a JSON object.`)
  }
  if (!Object.hasOwn(value, 'type') || !('type' in value) || typeof value.type !== 'string') {
    throw violation(`The ${sender} sent a message whose field "type" is not a string.`)
  }
  return { type: value.type, value }
}

function validate<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  sentence: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  // Paths and rules are ours; the value is not repeated, because it is foreign text of any length.
  const [issue] = result.issues
  throw violation(`${sentence}: field "${v.getDotPath(issue) ?? 'type'}" ${ruleOf(issue.message)}.`)
}

/** Our own rules start with "must"; of objects valibot itself says whether one, or a key of it, is missing. */
function ruleOf(message: string): string {
  if (message.startsWith('must ')) return message
  return message.startsWith('Invalid key') ? 'is missing' : 'must be an object'
}

function violation(message: string, cause?: unknown): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', message, { cause })
}

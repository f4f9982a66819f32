import * as v from 'valibot'
import { PeerError } from '../errors.js'
import { CHANNEL_IDS } from '../session/channel-ids.js'

/**
 * The transfer protocol, version 1. Two negotiated channels: `transfer` (reliable, ordered, JSON text) carries the
 * messages below, `transfer.data` carries frames (see frame.ts).
 *
 *   sender                      receiver
 *     offer  ------------------>          names and sizes, before anything is created
 *            <------------------ accept   (or decline) with the window it grants
 *     DATA frames ------------->          never more than the window beyond the last ACK
 *            <------------------ ACK frames
 *     complete ---------------->          SHA-256 of what was read
 *            <------------------ verified SHA-256 of what was written, after fsync and rename
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

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

const transferMessageSchema = v.variant('type', [
  v.object({
    type: v.literal('offer'),
    version: v.literal(1),
    files: v.pipe(
      v.array(v.object({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)), size })),
      v.minLength(1),
      v.maxLength(1),
    ),
  }),
  v.object({ type: v.literal('accept'), windowBytes: v.pipe(size, v.minValue(16 * 1024)) }),
  v.object({ type: v.literal('decline'), reason: v.pipe(v.string(), v.maxLength(1024)) }),
  v.object({ type: v.literal('complete'), files: v.pipe(v.array(v.object({ sha256 })), v.length(1)) }),
  v.object({ type: v.literal('verified'), files: v.pipe(v.array(v.object({ sha256 })), v.length(1)) }),
  v.object({
    type: v.literal('cancel'),
    code: v.pipe(v.string(), v.maxLength(64)),
    reason: v.pipe(v.string(), v.maxLength(1024)),
  }),
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

import * as v from 'valibot'
import { PeerError } from '../errors.js'

/** Longest chat text, in UTF-16 units: 16 KiB keeps a hostile peer from filling a terminal with one message. */
export const MAX_CHAT_TEXT_LENGTH = 16 * 1024

/** The chat channel: JSON text messages, of any reliability the user asked for. */
export const CHAT_CHANNEL = { label: 'chat', protocol: 'webrtc-cli.chat.v1' } as const

const id = v.pipe(v.number(), v.integer(), v.minValue(0))

const chatMessageSchema = v.variant('type', [
  /** First from each side. `input` tells whether the sender will say `end` (its stdin is a pipe). */
  v.object({ type: v.literal('hello'), input: v.picklist(['none', 'interactive', 'piped']) }),
  v.object({ type: v.literal('text'), id, text: v.pipe(v.string(), v.maxLength(MAX_CHAT_TEXT_LENGTH)) }),
  /** The text with this id has been shown. */
  v.object({ type: v.literal('ack'), id }),
  /** The sender's input is over and everything it sent was acknowledged. */
  v.object({ type: v.literal('end') }),
])

export type ChatMessage = v.InferOutput<typeof chatMessageSchema>
export type ChatInputKind = Extract<ChatMessage, { type: 'hello' }>['input']

/** Reads one chat message; undefined for anything that is not one, which a newer version may send. */
export function parseChatMessage(raw: string | Uint8Array): ChatMessage | undefined {
  if (typeof raw !== 'string') return undefined
  try {
    const parsed = v.safeParse(chatMessageSchema, JSON.parse(raw))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

export function serialiseChatMessage(message: ChatMessage): string {
  if (message.type === 'text' && message.text.length > MAX_CHAT_TEXT_LENGTH) {
    throw new PeerError(
      'USAGE',
      `A chat message may have ${MAX_CHAT_TEXT_LENGTH} characters, this one has ${message.text.length}.`,
      { hint: 'Send long text as a file with send-file.' },
    )
  }
  return JSON.stringify(message)
}

import { abortable, type AbortOptions } from '../async/abortable.js'
import { deferred } from '../async/deferred.js'
import { withTimeout } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { PeerEvent, ReportEvent } from '../events.js'
import type { DataChannel } from '../session/ports.js'
import {
  parseChatMessage,
  serialiseChatMessage,
  type ChatInputKind,
  type ChatMessage,
} from './chat-message.js'
import { TextPace } from './text-pace.js'

/** On a channel that may lose messages an acknowledgement may never come; this long is waited for the last ones. */
const UNRELIABLE_ACK_TIMEOUT_MS = 2_000

export interface ChatOptions {
  /** Sent before the lines. */
  messages: readonly string[]
  lines: AsyncIterable<string>
  /** `piped` input has an end that is announced; `interactive` input ends the chat when it ends. */
  input: ChatInputKind
  peerName: string | null
  /** Resolves when the peer says bye: nothing more is sent, what was sent is still waited for. */
  leaving: Promise<unknown>
}

/**
 * Talks until the input is done: sends the messages and lines, reports what comes in, and resolves once all that was
 * sent is acknowledged and a piped peer has finished too. With no input it resolves after the messages, or, where
 * there were none either, when the channel closes.
 */
export async function runChat(
  channel: DataChannel,
  options: ChatOptions,
  { signal, onEvent = () => undefined }: AbortOptions & { onEvent?: ReportEvent } = {},
): Promise<void> {
  await new Chat(channel, options, onEvent).run(signal)
}

class Chat {
  readonly #channel: DataChannel
  readonly #options: ChatOptions
  readonly #onEvent: ReportEvent
  readonly #unacknowledged = new Set<number>()
  readonly #peerHello = deferred<ChatInputKind>()
  readonly #peerEnd = deferred()
  readonly #saying = new TextPace()
  readonly #hearing = new TextPace()
  #allAcknowledged = deferred()
  #nextId = 0
  /** Messages that were none of a chat. */
  #ignored = 0

  constructor(channel: DataChannel, options: ChatOptions, onEvent: ReportEvent) {
    this.#channel = channel
    this.#options = options
    this.#onEvent = onEvent
  }

  async run(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#run(signal)
    } finally {
      if (this.#ignored > 0) this.#onEvent(ignoredWarning(this.#ignored))
    }
  }

  async #run(signal: AbortSignal | undefined): Promise<void> {
    await abortable(this.#channel.opened, signal)
    await this.#tell({ type: 'hello', input: this.#options.input }, signal)
    // Before anything is acknowledged: a peer that leaves with its last acknowledgement has heard all of this.
    for (const text of this.#options.messages) await this.#say(text, signal)
    const receiving = this.#receive(signal)
    receiving.catch(() => undefined)
    const sending = this.#sendAll(signal)
    sending.catch(() => undefined)
    await Promise.race([sending, receiving, abortable(this.#options.leaving, signal)])
    // A peer that says bye still answers until it hears ours; one that is gone never will.
    await Promise.race([this.#acknowledged(signal), this.#channel.closed])
    if (this.#unacknowledged.size === 0) return
    throw new PeerError(
      'PEER_LOST',
      `The peer left before it acknowledged ${this.#unacknowledged.size} of ${this.#nextId} messages.`,
    )
  }

  async #sendAll(signal: AbortSignal | undefined): Promise<void> {
    const { messages, lines, input } = this.#options
    for await (const line of lines) await this.#say(line, signal)
    await this.#acknowledged(signal)
    if (input === 'none' && messages.length === 0) await this.#channel.closed
    if (input !== 'piped' || !isReliable(this.#channel)) return
    await this.#tell({ type: 'end' }, signal)
    const peerInput = await abortable(this.#peerHello.promise, signal)
    if (peerInput === 'piped') await abortable(this.#peerEnd.promise, signal)
  }

  async #say(text: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#saying.take(text, { signal })
    const id = this.#nextId++
    this.#unacknowledged.add(id)
    await this.#tell({ type: 'text', id, text }, signal)
    this.#onEvent({ event: 'chat', from: null, text, direction: 'out' })
  }

  async #acknowledged(signal: AbortSignal | undefined): Promise<void> {
    if (this.#unacknowledged.size === 0) return
    this.#allAcknowledged = deferred()
    const all = abortable(this.#allAcknowledged.promise, signal)
    if (isReliable(this.#channel)) return all
    const lost = await withTimeout(all, UNRELIABLE_ACK_TIMEOUT_MS, () => new Error('unacknowledged')).then(
      () => 0,
      () => this.#unacknowledged.size,
    )
    if (lost === 0) return
    this.#unacknowledged.clear()
    this.#onEvent({
      event: 'warning',
      code: 'CHAT_UNACKNOWLEDGED',
      message: `${lost} of ${this.#nextId} messages were not acknowledged on a channel that may lose them.`,
      hint: null,
    })
  }

  async #receive(signal: AbortSignal | undefined): Promise<void> {
    for await (const raw of this.#channel.messages({ signal })) {
      const message = parseChatMessage(raw)
      if (message) await this.#take(message, signal)
      else this.#ignored++
    }
  }

  async #take(message: ChatMessage, signal: AbortSignal | undefined): Promise<void> {
    switch (message.type) {
      case 'hello':
        return this.#peerHello.resolve(message.input)
      case 'text':
        await this.#hearing.take(message.text, { signal })
        this.#onEvent({ event: 'chat', from: this.#options.peerName, text: message.text, direction: 'in' })
        return this.#tell({ type: 'ack', id: message.id }, signal)
      case 'ack':
        this.#unacknowledged.delete(message.id)
        if (this.#unacknowledged.size === 0) this.#allAcknowledged.resolve()
        return undefined
      case 'end':
        return this.#peerEnd.resolve()
      default:
        return message satisfies never
    }
  }

  #tell(message: ChatMessage, signal: AbortSignal | undefined): Promise<void> {
    return this.#channel.send(serialiseChatMessage(message), { signal })
  }
}

function ignoredWarning(count: number): PeerEvent {
  return {
    event: 'warning',
    code: 'CHAT_IGNORED',
    message: `${count} of the peer's messages on the chat channel were none this version knows, and were ignored.`,
    hint: null,
  }
}

function isReliable(channel: DataChannel): boolean {
  return channel.maxRetransmits === null && channel.maxPacketLifeTime === null
}

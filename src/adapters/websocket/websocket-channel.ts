import { WebSocket } from 'ws'
import { abortable, type AbortOptions } from '../../async/abortable.js'
import { AsyncQueue } from '../../async/async-queue.js'
import { deferred } from '../../async/deferred.js'
import { withTimeout } from '../../async/delay.js'
import { PeerError, toError } from '../../errors.js'
import type { SignalingChannel } from '../../signaling/channel.js'
import { MAX_MESSAGE_BYTES, parseServerMessage, serialiseMessage } from '../../signaling/message.js'
import type { ClientMessage, ServerMessage } from '../../signaling/message.js'
import { textOf } from './text-of.js'

/** Two pings may be lost before the server counts as lost. */
const HEARTBEAT = { intervalMs: 5_000, timeoutMs: 12_000 }

/** How long the server gets to answer our close. */
const CLOSE_TIMEOUT_MS = 500

/** A signaling channel over a WebSocket, which may still be connecting; what arrives is held until it is read. */
export class WebSocketChannel implements SignalingChannel {
  readonly url: string
  readonly closed: Promise<PeerError>
  /** Bytes of one frame; the server's hello says how many it takes. */
  maxMessageBytes = MAX_MESSAGE_BYTES
  readonly #webSocket: WebSocket
  readonly #messages = new AsyncQueue<ServerMessage>()
  readonly #closed = deferred<PeerError>()
  readonly #pinging: ReturnType<typeof setInterval>
  readonly #silence: ReturnType<typeof setTimeout>
  /** First reason wins. */
  #reason: string | undefined
  #disposing: Promise<void> | undefined

  constructor(webSocket: WebSocket, url: string, heartbeat = HEARTBEAT) {
    this.url = url
    this.closed = this.#closed.promise
    this.#webSocket = webSocket
    this.#pinging = setInterval(() => {
      if (webSocket.readyState === WebSocket.OPEN) webSocket.ping()
    }, heartbeat.intervalMs)
    this.#silence = setTimeout(() => {
      if (webSocket.readyState === WebSocket.CONNECTING) return
      this.#reason ??= `nothing was heard from it for ${heartbeat.timeoutMs / 1000} s`
      webSocket.terminate()
    }, heartbeat.timeoutMs)

    const heard = () => this.#silence.refresh()
    webSocket.on('open', heard)
    webSocket.on('ping', heard)
    webSocket.on('pong', heard)
    webSocket.on('message', (data, isBinary) => {
      heard()
      if (isBinary)
        this.#violated(new Error('The signaling server sent a binary message; only text is spoken.'))
      else this.#take(textOf(data))
    })
    webSocket.on('error', (error) => {
      this.#reason ??= error.message === '' ? 'the connection failed' : error.message
    })
    webSocket.on('close', (code, reason) => {
      this.#reason ??= howItEnded(code, reason.toString('utf8'))
      this.#finish()
    })
  }

  async send(message: ClientMessage, { signal }: AbortOptions = {}): Promise<void> {
    const text = serialiseMessage(message)
    const bytes = Buffer.byteLength(text)
    if (bytes > this.maxMessageBytes) {
      throw new PeerError(
        'MESSAGE_TOO_LARGE',
        `The message "${message.type}" has ${bytes} bytes; the signaling server at ${this.url} takes ${this.maxMessageBytes}.`,
      )
    }
    if (this.#webSocket.readyState !== WebSocket.OPEN) throw this.#lost()
    const sent = new Promise<void>((resolve, reject) => {
      this.#webSocket.send(text, (error) => (error ? reject(this.#lost(error)) : resolve()))
    })
    await abortable(sent, signal)
  }

  messages(options: AbortOptions = {}): AsyncIterable<ServerMessage> {
    return this.#messages.read(options)
  }

  /** The next message; undefined after the end. */
  next(options: AbortOptions = {}): Promise<ServerMessage | undefined> {
    return this.#messages.next(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#close()
    return this.#disposing
  }

  async #close(): Promise<void> {
    this.#reason ??= 'it was closed by this side'
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.close(1000)
    await withTimeout(this.closed, CLOSE_TIMEOUT_MS, closeTimedOut).catch(() => this.#webSocket.terminate())
    this.#finish()
  }

  #take(text: string): void {
    try {
      const message = parseServerMessage(text)
      if (message) this.#messages.push(message)
    } catch (error) {
      this.#violated(error)
    }
  }

  #violated(thrown: unknown): void {
    const cause = toError(thrown)
    const sentence = `The server at ${this.url} does not keep to the protocol. ${cause.message}`
    this.#messages.fail(new PeerError('PROTOCOL_VIOLATION', sentence, { cause }))
    this.#reason ??= 'it broke the protocol'
    this.#webSocket.close(1002)
  }

  #finish(): void {
    clearInterval(this.#pinging)
    clearTimeout(this.#silence)
    this.#messages.end()
    this.#closed.resolve(this.#lost())
  }

  #lost(cause?: Error): PeerError {
    const why = this.#reason ?? cause?.message ?? 'it is closing'
    const sentence = `The connection to the signaling server at ${this.url} is lost: ${why}.`
    return new PeerError('SIGNALING_LOST', sentence, { cause })
  }
}

function closeTimedOut(): Error {
  return new Error('the server did not answer the close')
}

function howItEnded(code: number, reason: string): string {
  if (code === 1006) return 'it broke off'
  // The reason is foreign text.
  const said = reason.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
  return `the server closed it with code ${code}${said === '' ? '' : ` (${said})`}`
}

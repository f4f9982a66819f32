import { WebSocket } from 'ws'
import { abortable } from '../../async/abortable.js'
import { withTimeout } from '../../async/delay.js'
import { PeerError } from '../../errors.js'
import type { SignalingChannel } from '../../signaling/channel.js'
import { MAX_MESSAGE_BYTES, PROTOCOL_VERSION, SUBPROTOCOL } from '../../signaling/message.js'
import { connectFailure, UnexpectedStatus } from './connect-failure.js'
import { WebSocketChannel } from './websocket-channel.js'

export interface OpenSignalingOptions {
  /** PEM certificates to trust instead of the system's. */
  ca?: string | Buffer
  /** Sent as `Authorization: Bearer TOKEN`. */
  token?: string
  /** From the first packet to the server's hello. */
  connectTimeoutMs?: number
  /** How often a ping is sent, and after how much silence the server counts as lost. */
  heartbeat?: { intervalMs: number; timeoutMs: number }
  signal?: AbortSignal
}

/**
 * Connects to a signaling server and resolves once it has said a hello of our version. Every failure is a
 * PeerError that names the URL: SIGNALING_UNREACHABLE, TIMED_OUT when nothing comes, USAGE for a bad URL.
 */
export async function openSignaling(
  url: string,
  { ca, token, connectTimeoutMs = 10_000, heartbeat, signal }: OpenSignalingOptions = {},
): Promise<SignalingChannel> {
  const target = parseSignalUrl(url)
  signal?.throwIfAborted()
  const webSocket = new WebSocket(target, SUBPROTOCOL, {
    ca,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    // A relayed message can be a few bytes longer than what its sender was allowed.
    maxPayload: 2 * MAX_MESSAGE_BYTES,
  })
  const channel = new WebSocketChannel(webSocket, withoutCredentials(target), heartbeat)
  const greeted = untilOpen(webSocket).then(() => untilHello(channel))
  try {
    await withTimeout(abortable(greeted, signal), connectTimeoutMs, () =>
      tooSlow(channel.url, connectTimeoutMs),
    )
    return channel
  } catch (error) {
    webSocket.terminate()
    await channel[Symbol.asyncDispose]()
    signal?.throwIfAborted()
    throw connectFailure(error, channel.url)
  }
}

function parseSignalUrl(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : undefined
  if (target && (target.protocol === 'ws:' || target.protocol === 'wss:') && target.hash === '') return target
  throw new PeerError('USAGE', `--signal must be a ws:// or wss:// URL, got "${url}".`, {
    hint: 'For example --signal ws://127.0.0.1:8787',
  })
}

/** The URL as messages may show it: a password in it is nobody's business. */
function withoutCredentials(target: URL): string {
  const shown = new URL(target)
  shown.username = ''
  shown.password = ''
  // new URL() adds the slash; nobody types it.
  return shown.pathname === '/' && shown.search === '' ? shown.href.replace(/\/$/, '') : shown.href
}

function untilOpen(webSocket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    webSocket.once('open', resolve)
    webSocket.once('error', reject)
    webSocket.once('unexpected-response', (_request, response) => {
      reject(new UnexpectedStatus(response.statusCode ?? 0))
    })
  })
}

async function untilHello(channel: WebSocketChannel): Promise<void> {
  const first = await channel.next()
  if (!first) {
    const lost = await channel.closed
    throw new PeerError(
      'SIGNALING_UNREACHABLE',
      `The signaling server at ${channel.url} hung up before its hello: ${lost.message}`,
      { hint: 'Check that the server is one of webrtc-cli, and its log.', cause: lost },
    )
  }
  if (first.type !== 'hello') {
    const sentence = `The signaling server at ${channel.url} sent "${first.type}" before its hello.`
    throw new PeerError('PROTOCOL_VIOLATION', sentence)
  }
  if (first.version !== PROTOCOL_VERSION) {
    throw new PeerError(
      'PEER_INCOMPATIBLE',
      `The signaling server at ${channel.url} speaks version ${first.version} of the protocol, not ${PROTOCOL_VERSION}.`,
      { hint: 'Use the same version of webrtc-cli on both sides.' },
    )
  }
  channel.maxMessageBytes = first.maxMessageBytes
}

function tooSlow(url: string, connectTimeoutMs: number): PeerError {
  const sentence = `The signaling server at ${url} did not answer within ${connectTimeoutMs / 1000} s.`
  return new PeerError('TIMED_OUT', sentence, {
    hint: 'Check that a webrtc-cli signaling server listens there, and that no firewall drops the connection.',
  })
}

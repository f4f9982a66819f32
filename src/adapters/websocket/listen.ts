import { createServer, type IncomingMessage, type Server } from 'node:http'
import { isIPv6, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { abortable } from '../../async/abortable.js'
import { PeerError, toError } from '../../errors.js'
import type { ReportEvent } from '../../events.js'
import { MAX_MESSAGE_BYTES, SUBPROTOCOL } from '../../signaling/message.js'
import type { SignalingServer, SocketEvents } from '../../signaling/socket.js'
import { answerHttp, refusalOf, refuseUpgrade, SHUTTING_DOWN } from './http-answer.js'
import { textOf } from './text-of.js'

/** Twice this is the longest a client that vanished stays in its room. */
const PING_INTERVAL_MS = 15_000

/** Against clients that send their headers a byte at a time; Node's own 60 s and 300 s are too patient. */
const HTTP_TIMEOUT_MS = 10_000

/** Clients get this long to answer a close; a closing server or a misbehaving client is not waited for longer. */
const CLOSE_TIMEOUT_MS = 500

export interface ListenSignalingOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  server: SignalingServer
  /** Pages of these origins may connect besides the server's own; `*` allows all. */
  allowOrigins?: readonly string[]
  /** Where given, clients must send `Authorization: Bearer TOKEN`. */
  token?: string
  pingIntervalMs?: number
}

export interface SignalingListener extends AsyncDisposable {
  /** What a client on this machine connects to. */
  readonly url: string
  readonly host: string
  readonly port: number
}

/** Serves signaling over WebSocket until disposed; rejects with LISTEN_FAILED, whose cause carries the system's code. */
export async function listenSignaling(
  options: ListenSignalingOptions,
  { signal, onEvent }: { signal?: AbortSignal; onEvent?: ReportEvent } = {},
): Promise<SignalingListener> {
  const warn = (code: string, message: string) => onEvent?.({ event: 'warning', code, message, hint: null })
  let closing: Promise<void> | undefined
  const sockets = new Map<WebSocket, { events: SocketEvents; alive: boolean }>()
  const webSocketServer = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  const httpServer = createServer(
    { headersTimeout: HTTP_TIMEOUT_MS, requestTimeout: HTTP_TIMEOUT_MS, connectionsCheckingInterval: 2_000 },
    (request, response) => answerHttp(request, response, options.server),
  )

  httpServer.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy())
    const refusal = closing ? SHUTTING_DOWN : refusalOf(request, options)
    if (refusal) return refuseUpgrade(stream, refusal)
    webSocketServer.handleUpgrade(request, stream, head, adopt)
  })

  function adopt(webSocket: WebSocket): void {
    const events = options.server.accept(signalingSocketOf(webSocket))
    const entry = { events, alive: true }
    sockets.set(webSocket, entry)
    webSocket.on('message', (data, isBinary) => {
      entry.alive = true
      if (isBinary) events.onBinary()
      else events.onMessage(textOf(data))
    })
    webSocket.on('pong', () => {
      entry.alive = true
    })
    // `ws` has answered with 1002, 1007 or 1009 already; 'close' follows and does the rest.
    webSocket.on('error', (error) => warn('PROTOCOL_VIOLATION', `A client's socket failed: ${error.message}`))
    webSocket.on('close', () => {
      sockets.delete(webSocket)
      events.onClosed()
    })
  }

  const listening = startListening(httpServer, options)
  try {
    await abortable(listening, signal)
  } catch (error) {
    // Looking up the host cannot be called off; what it leads to is closed at once.
    void listening.then(
      () => httpServer.close(),
      () => undefined,
    )
    throw error
  }
  // Running out of file descriptors, for one, must not end the process.
  httpServer.on('error', (error) =>
    warn('LISTEN_FAILED', `The signaling server cannot accept: ${error.message}`),
  )

  const pinging = setInterval(() => {
    for (const [webSocket, entry] of sockets) {
      if (!entry.alive) {
        entry.events.onTimedOut()
        webSocket.terminate()
      } else if (webSocket.readyState === WebSocket.OPEN) webSocket.ping()
      entry.alive = false
    }
  }, options.pingIntervalMs ?? PING_INTERVAL_MS)

  async function close(): Promise<void> {
    clearInterval(pinging)
    const closed = new Promise<void>((resolve) => httpServer.close(() => resolve()))
    const ended = [...sockets].map(([webSocket, { events }]) => {
      events.onShutdown()
      return new Promise<void>((resolve) => webSocket.once('close', () => resolve()))
    })
    const patience = setTimeout(() => {
      for (const webSocket of sockets.keys()) webSocket.terminate()
    }, CLOSE_TIMEOUT_MS)
    await Promise.all(ended)
    clearTimeout(patience)
    httpServer.closeAllConnections()
    await closed
  }

  const port = portOf(httpServer)
  return {
    url: `ws://${hostPort(reachable(options.host), port)}`,
    host: options.host,
    port,
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

function signalingSocketOf(webSocket: WebSocket) {
  return {
    get bufferedAmount() {
      return webSocket.bufferedAmount
    },
    send(text: string) {
      if (webSocket.readyState === WebSocket.OPEN) webSocket.send(text)
    },
    close(code: number, reason: string) {
      if (webSocket.readyState !== WebSocket.OPEN) return
      webSocket.close(code, reason)
      const patience = setTimeout(() => webSocket.terminate(), CLOSE_TIMEOUT_MS)
      webSocket.once('close', () => clearTimeout(patience))
    },
  }
}

function startListening(server: Server, { host, port }: ListenSignalingOptions): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onError = (error: Error) => reject(listenFailure(error, host, port))
    server.once('error', onError)
    try {
      server.listen({ host, port, backlog: 1024 }, () => {
        server.off('error', onError)
        resolve()
      })
    } catch (error) {
      onError(toError(error))
    }
  })
}

function listenFailure(error: Error, host: string, port: number): PeerError {
  const where = `Cannot listen on ${hostPort(host, port)}`
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    const hint = 'Choose another --port (0 takes a free one), or stop the program that listens there.'
    return new PeerError('LISTEN_FAILED', `${where}: the port is taken.`, { hint, cause: error })
  }
  if (code === 'EACCES') {
    const hint = 'Ports below 1024 need privileges; choose a --port from 1024 to 65535.'
    return new PeerError('LISTEN_FAILED', `${where}: not permitted.`, { hint, cause: error })
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const hint = 'Use 127.0.0.1 for this machine only, or 0.0.0.0 for all its addresses.'
    return new PeerError('LISTEN_FAILED', `${where}: that is no address of this machine.`, {
      hint,
      cause: error,
    })
  }
  return new PeerError('LISTEN_FAILED', `${where}: ${error.message}`, { cause: error })
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (typeof address === 'object' && address) return address.port
  throw new PeerError('INTERNAL', 'The signaling server listens on no port.')
}

function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** A wildcard is an address to listen on, not one to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '::1'
  return host
}

import { createHash, timingSafeEqual } from 'node:crypto'
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { SUBPROTOCOL } from '../../signaling/message.js'
import type { SignalingServer } from '../../signaling/socket.js'

export interface Refusal {
  status: number
  sentence: string
}

export interface AdmissionRules {
  host: string
  allowOrigins?: readonly string[]
  token?: string
}

const NOT_HERE = 'There is nothing here. This is a webrtc-cli signaling server; it answers at / and /healthz.'

/** For requests that arrive while the listener closes. */
export const SHUTTING_DOWN: Refusal = { status: 503, sentence: 'The signaling server is shutting down.' }

/** Answers a plain HTTP request: /healthz with the server's counters, everything else with one sentence. */
export function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  server: SignalingServer,
): void {
  const path = pathOf(request)
  if (path === '/healthz') {
    const { rooms, peers } = server.counters()
    const health = { status: 'ok', rooms, peers, version: server.version }
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    response.end(`${JSON.stringify(health)}\n`)
    return
  }
  const upgrade = { status: 426, sentence: 'This is a webrtc-cli signaling server; connect with WebSocket.' }
  const { status, sentence } = path === '/' ? upgrade : { status: 404, sentence: NOT_HERE }
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 426 ? { Upgrade: 'websocket', Connection: 'Upgrade' } : {}),
  })
  response.end(`${sentence}\n`)
}

/** Why this request may not become a WebSocket; undefined where it may. */
export function refusalOf(request: IncomingMessage, rules: AdmissionRules): Refusal | undefined {
  if (pathOf(request) !== '/') return { status: 404, sentence: NOT_HERE }
  if (!originAllowed(request, rules)) {
    return { status: 403, sentence: 'Pages of this origin may not connect to this signaling server.' }
  }
  if (!offersSubprotocol(request)) {
    return { status: 400, sentence: `Offer the WebSocket subprotocol "${SUBPROTOCOL}".` }
  }
  if (rules.token !== undefined && !sameSecret(bearerOf(request), rules.token)) {
    return { status: 401, sentence: 'This signaling server asks for a token.' }
  }
  return undefined
}

/** Answers an upgrade request with an HTTP status and a sentence, and closes its connection. */
export function refuseUpgrade(stream: Duplex, { status, sentence }: Refusal): void {
  const body = `${sentence}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  stream.once('finish', () => stream.destroy())
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

/** Only browsers send Origin, and always; without a check any page could use a server on its visitor's loopback. */
function originAllowed(request: IncomingMessage, { host, allowOrigins = [] }: AdmissionRules): boolean {
  const { origin } = request.headers
  if (origin === undefined || allowOrigins.includes('*') || allowOrigins.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  if (page.host !== request.headers.host?.toLowerCase()) return false
  // A name of the page's own choosing can be made to resolve to this machine (DNS rebinding); an address cannot.
  const name = page.hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(name) !== 0 || name === 'localhost' || name === host
}

function offersSubprotocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? ''
  return offered.split(',').some((protocol) => protocol.trim() === SUBPROTOCOL)
}

function bearerOf(request: IncomingMessage): string {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

/** Hashed first, so that neither the length nor the first difference shows in the time it takes. */
function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

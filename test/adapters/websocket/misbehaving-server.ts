import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocketServer, type WebSocket } from 'ws'
import { SUBPROTOCOL } from '../../../src/signaling/message.js'

/** Something that listens on a free port of the loopback, and is not what a client hopes for. */
export interface MisbehavingServer extends AsyncDisposable {
  port: number
}

/** Talks raw TCP. */
export function serveTcp(onSocket: (socket: Socket) => void): Promise<MisbehavingServer> {
  return listen(createTcpServer(onSocket))
}

/** Answers every HTTP request, upgrades included, with one status. */
export function serveStatus(status: number): Promise<MisbehavingServer> {
  const answer: RequestListener = (_request, response) => response.writeHead(status).end()
  return listen(createHttpServer(answer))
}

/** Accepts WebSockets; `protocol` is the subprotocol it answers with, by default ours. */
export function serveWebSocket(
  onSocket: (socket: WebSocket, headers: Record<string, unknown>) => void,
  { protocol = SUBPROTOCOL, tls }: { protocol?: string | false; tls?: Certificate } = {},
): Promise<MisbehavingServer> {
  const webSocketServer = new WebSocketServer({ noServer: true, handleProtocols: () => protocol })
  const server = tls ? createHttpsServer(tls) : createHttpServer()
  server.on('upgrade', (request, stream, head) => {
    webSocketServer.handleUpgrade(request, stream, head, (socket) => {
      socket.on('error', () => undefined)
      onSocket(socket, request.headers)
    })
  })
  return listen(server)
}

/** A port on which nothing listens: it was free a moment ago. */
export async function closedPort(): Promise<number> {
  await using server = await serveTcp(() => undefined)
  return server.port
}

export interface Certificate {
  key: string
  cert: string
}

/** Whether certificates can be made here. */
export function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0
}

/** A certificate for 127.0.0.1 that nobody has signed but itself; needs `openssl` on the PATH. */
export function createSelfSignedCertificate(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'webrtc-cli-tls-'))
  try {
    const key = join(directory, 'key.pem')
    const cert = join(directory, 'cert.pem')
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
    execFileSync(
      'openssl',
      ['req', '-x509', '-nodes', '-days', '2', ...curve, ...subject, '-keyout', key, '-out', cert],
      { stdio: 'pipe' },
    )
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function listen(server: Server): Promise<MisbehavingServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

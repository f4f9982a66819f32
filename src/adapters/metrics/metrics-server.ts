import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { PeerError } from '../../errors.js'
import { EXPOSITION_TYPE, formatMetrics } from '../../stats/exposition.js'
import type { Metric } from '../../stats/metrics.js'

/** A scraper sends a request of some hundred bytes at once; what dawdles is no scraper. */
const REQUEST_TIMEOUT_MS = 5_000
const MAX_CONNECTIONS = 16

export interface MetricsServer extends AsyncDisposable {
  readonly url: string
}

export interface MetricsServerOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  metrics: readonly Metric[]
}

/**
 * Answers `GET /metrics` in the text format of Prometheus with what the metrics are at that moment; LISTEN_FAILED where
 * the port cannot be had. Disposing ends it at once.
 */
export async function openMetricsServer({
  host,
  port,
  metrics,
}: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => answer(request, response, metrics),
  )
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, host, port)
  return {
    url: `http://${hostPort(host, server)}/metrics`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  metrics: readonly Metric[],
): ServerResponse {
  const isKnown = url === '/metrics' || url?.startsWith('/metrics?') === true
  if (!isKnown)
    return response.writeHead(404, { 'content-type': 'text/plain' }).end('Metrics are at /metrics.\n')
  if (method !== 'GET' && method !== 'HEAD') return response.writeHead(405, { allow: 'GET, HEAD' }).end()
  const head = { 'content-type': EXPOSITION_TYPE, 'cache-control': 'no-store' }
  return response.writeHead(200, head).end(formatMetrics(metrics))
}

const LISTEN_FAULTS: Record<string, string> = {
  EACCES: 'that port needs privileges',
  EADDRINUSE: 'the port is taken',
  EADDRNOTAVAIL: 'that is no address of this machine',
  ENOTFOUND: 'the host name is unknown',
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenFailed(cause, host, port)))
    server.listen({ host, port }, resolve)
  })
}

function listenFailed(cause: Error, host: string, port: number): PeerError {
  const why = LISTEN_FAULTS[('code' in cause && String(cause.code)) || ''] ?? cause.message
  return new PeerError('LISTEN_FAILED', `Cannot listen on ${host}:${port} for metrics: ${why}.`, {
    hint: '--prometheus 0 takes a free port; --prometheus-host names another address.',
    cause,
  })
}

function hostPort(host: string, server: Server): string {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

import { createServer, type AddressInfo, type Socket } from 'node:net'
import { findCertificateFault } from '../../check/certificate.js'
import { explainNetworkError, ProbeFailure, type Failure } from '../../check/probe-failure.js'
import { toError } from '../../errors.js'
import { describeCertificate } from './certificate.js'
import { connectTls, type TlsTrust } from './tls.js'

/** A connection that a TURN server accepts but does not shake hands on is given up after this. */
const HANDSHAKE_TIMEOUT_MS = 10_000

export interface TlsBridge extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number
  /** Why the last connection to the server failed; undefined while none did. */
  readonly failure: Failure | undefined
}

/**
 * Listens on a loopback port and carries every connection over TLS to the server. Its certificate has to be valid
 * for the authorities of Node and `ca`, and for `host`; otherwise nothing is sent and the connection is closed.
 */
export async function openTlsBridge(
  { host, port }: { host: string; port: number },
  { ca }: TlsTrust = {},
): Promise<TlsBridge> {
  const sockets = new Set<Socket>()
  let failure: Failure | undefined
  const server = createServer({ noDelay: true }, (local) => {
    const remote = connectTls({ address: host, port }, { serverName: host, ca, rejectUnauthorized: false })
    const end = (error?: Error) => {
      if (error) failure = explainNetworkError(error, 'tls')
      local.destroy()
      remote.destroy()
    }
    for (const socket of [local, remote]) {
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    local.on('error', () => end())
    remote.on('error', end)
    remote.setTimeout(HANDSHAKE_TIMEOUT_MS, () =>
      end(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
    )
    remote.once('secureConnect', () => {
      const fault = findCertificateFault(describeCertificate(remote, host), host)
      if (fault) return end(new ProbeFailure(fault))
      remote.setTimeout(0)
      local.pipe(remote)
      remote.pipe(local)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toError(error)))
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: portOf(server.address()),
    get failure() {
      return failure
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

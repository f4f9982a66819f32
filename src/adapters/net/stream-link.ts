import { connect, type Socket } from 'node:net'
import { abortable } from '../../async/abortable.js'
import { deferred } from '../../async/deferred.js'
import { toError } from '../../errors.js'
import type { Link, OpenLinkOptions, TlsLink } from '../../check/ports.js'
import type { Endpoint } from '../../stun/endpoint.js'
import { createStreamFraming } from '../../stun/stream-framing.js'
import { describeCertificate } from './certificate.js'
import { connectTls, type TlsTrust } from './tls.js'

/** A TCP connection that carries STUN messages; rejects with the system's error. */
export async function openTcpLink(remote: Endpoint, options: OpenLinkOptions): Promise<Link> {
  const socket = connect({ host: remote.address, port: remote.port, noDelay: true })
  await opened(socket, 'connect', options.signal)
  return linkOf(socket, remote, options)
}

/** The same over TLS, whatever the certificate: what it says comes with the link. */
export async function openTlsLink(
  remote: Endpoint,
  options: OpenLinkOptions & TlsTrust & { serverName: string },
): Promise<TlsLink> {
  const { serverName, ca, signal } = options
  const socket = connectTls(remote, { serverName, ca, rejectUnauthorized: false })
  await opened(socket, 'secureConnect', signal)
  const certificate = describeCertificate(socket, serverName)
  return Object.assign(linkOf(socket, remote, options), { certificate })
}

/** Resolves at `event`; a socket that fails before that, or is not waited for any longer, is destroyed. */
async function opened(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  const ready = deferred()
  const onClose = () => ready.reject(closedEarly())
  socket.once(event, ready.resolve).once('error', ready.reject).once('close', onClose)
  try {
    await abortable(ready.promise, signal)
  } catch (error) {
    socket.on('error', () => undefined)
    socket.destroy()
    throw error
  } finally {
    socket.off(event, ready.resolve).off('error', ready.reject).off('close', onClose)
  }
}

function linkOf(socket: Socket, remote: Endpoint, { onPacket, onFailure }: OpenLinkOptions): Link {
  const frame = createStreamFraming((bytes) => onPacket(bytes, remote))
  socket.on('error', onFailure)
  socket.on('close', () => onFailure(closedEarly()))
  socket.on('data', (chunk) => {
    try {
      frame(chunk)
    } catch (error) {
      onFailure(toError(error))
      socket.destroy()
    }
  })
  return {
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    reliable: true,
    send(bytes) {
      if (socket.writable) socket.write(bytes)
    },
    async [Symbol.asyncDispose]() {
      // What was written last, such as giving an allocation back, still goes out.
      socket.destroySoon()
    },
  }
}

function closedEarly(): Error {
  return Object.assign(new Error('The server closed the connection.'), { code: 'ECONNRESET' })
}

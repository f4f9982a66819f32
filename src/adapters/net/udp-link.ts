import { createSocket, type Socket } from 'node:dgram'
import type { Link, OpenLinkOptions } from '../../check/ports.js'
import type { Endpoint } from '../../stun/endpoint.js'
import type { AddressFamily } from '../../stun/ip-address.js'

/** A UDP socket on a free port of any address; connected, and so bound to one, where `remote` is given. */
export async function openUdpLink(
  family: AddressFamily,
  { remote, onPacket, onFailure, signal }: OpenLinkOptions & { remote?: Endpoint },
): Promise<Link> {
  signal.throwIfAborted()
  const socket = createSocket(family === 'IPv6' ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' })
  let isOpen = true
  const close = () => {
    if (!isOpen) return
    isOpen = false
    socket.close()
  }
  try {
    await settled(socket, (done) => socket.bind(0, done))
    if (remote) await settled(socket, (done) => socket.connect(remote.port, remote.address, done))
  } catch (error) {
    close()
    throw error
  }
  socket.on('message', (bytes, { address, port }) =>
    onPacket(bytes, { address: withoutScope(address), port }),
  )
  socket.on('error', onFailure)
  const { address, port } = socket.address()
  return {
    local: { address: withoutScope(address), port },
    reliable: false,
    send(bytes, to) {
      if (!isOpen) return
      const onSent = (error: Error | null) => {
        if (error && isOpen) onFailure(error)
      }
      if (to) socket.send(bytes, to.port, to.address, onSent)
      else socket.send(bytes, onSent)
    },
    async [Symbol.asyncDispose]() {
      close()
    },
  }
}

function settled(socket: Socket, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    start(() => {
      socket.off('error', reject)
      resolve()
    })
  })
}

/** `fe80::1%eth0` is `fe80::1`. */
function withoutScope(address: string): string {
  return address.replace(/%.*$/, '')
}

import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type { Endpoint } from '../../stun/endpoint.js'

export interface UdpSocket extends AsyncDisposable {
  readonly local: Endpoint
  /** What cannot be sent is lost, as on the wire. */
  send(bytes: Uint8Array | readonly Uint8Array[], to: Endpoint): void
}

export interface OpenUdpOptions {
  address: string
  /** Ports to choose from; any without it. */
  portRange?: { min: number; max: number } | undefined
  onPacket: (bytes: Buffer, from: RemoteInfo) => void
}

/** As much as the system gives: the timers that empty a socket can be late by more than its default holds. */
const BUFFER_BYTES = 4 * 1024 * 1024

/** Binds a UDP socket; rejects with the system's error where no port of the range is free. */
export async function openUdpSocket({ address, portRange, onPacket }: OpenUdpOptions): Promise<UdpSocket> {
  const { min, max } = portRange ?? { min: 0, max: 0 }
  for (let port = min; ; port += 1) {
    try {
      return await bind(address, port, onPacket)
    } catch (error) {
      if (port >= max) throw error
    }
  }
}

async function bind(address: string, port: number, onPacket: OpenUdpOptions['onPacket']): Promise<UdpSocket> {
  const type = address.includes(':') ? 'udp6' : 'udp4'
  const socket = createSocket({
    type,
    recvBufferSize: BUFFER_BYTES,
    sendBufferSize: BUFFER_BYTES,
    // Only addresses are sent to; the system's resolver would put every packet off by a turn.
    lookup: (hostname, _options, callback) => callback(null, hostname, type === 'udp4' ? 4 : 6),
  })
  // Before the call: with a lookup that answers at once, so does bind.
  const listening = once(socket, 'listening')
  socket.bind({ address, port, exclusive: true })
  await listening
  const local = { address, port: socket.address().port }
  let isOpen = true
  socket.on('message', onPacket)
  socket.on('error', () => undefined)
  return {
    local,
    send(bytes, to) {
      if (isOpen) socket.send(bytes, to.port, to.address, () => undefined)
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return
      isOpen = false
      socket.close()
      await once(socket, 'close')
    },
  }
}

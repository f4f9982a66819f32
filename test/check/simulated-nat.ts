import type { FilteringBehaviour, MappingBehaviour } from '../../src/check/nat-behaviour.js'
import type { LinkEvents, Network } from '../../src/check/ports.js'
import { sameEndpoint, type Endpoint } from '../../src/stun/endpoint.js'
import { addressAttribute, ATTRIBUTE, readUint32 } from '../../src/stun/stun-attributes.js'
import { decodeStunMessage, encodeStunMessage } from '../../src/stun/stun-message.js'

export const PRIMARY: Endpoint = { address: '203.0.113.1', port: 3478 }
export const OTHER: Endpoint = { address: '203.0.113.9', port: 3479 }

const HOST = '192.168.0.2'
const PUBLIC = '198.51.100.7'

export interface NatOptions {
  /** null where nothing is translated. */
  mapping: Exclude<MappingBehaviour, 'dependent'> | null
  filtering: FilteringBehaviour
  hairpinning?: boolean
  /** Whether servers know RFC 5780. */
  twoAddresses?: boolean
}

/** A network with one NAT in front of STUN servers at every address; delivered at once, lost for ever. */
export function simulateNat(options: NatOptions): Network {
  const { mapping, filtering, hairpinning = false, twoAddresses = true } = options
  const sockets = new Map<number, LinkEvents>()
  const publicPorts = new Map<string, number>()
  const insidePorts = new Map<number, number>()
  const contacted = new Map<number, Endpoint[]>()
  let nextPort = 40_000

  const scopeOf = ({ address, port }: Endpoint): string => {
    if (mapping === 'address-and-port-dependent') return `${address} ${port}`
    return mapping === 'address-dependent' ? address : ''
  }
  const translate = (localPort: number, to: Endpoint): Endpoint => {
    if (mapping === null) return { address: HOST, port: localPort }
    const key = `${localPort} ${scopeOf(to)}`
    const port = publicPorts.get(key) ?? nextPort++
    publicPorts.set(key, port)
    insidePorts.set(port, localPort)
    return { address: PUBLIC, port }
  }
  const passes = (localPort: number, from: Endpoint): boolean =>
    (contacted.get(localPort) ?? []).some((known) => {
      if (filtering === 'endpoint-independent') return true
      if (filtering === 'address-dependent') return known.address === from.address
      return sameEndpoint(known, from)
    })
  const deliver = (localPort: number, bytes: Uint8Array, from: Endpoint) => {
    if (passes(localPort, from)) queueMicrotask(() => sockets.get(localPort)?.onPacket(bytes, from))
  }
  const answer = (localPort: number, bytes: Uint8Array, server: Endpoint) => {
    const request = decodeStunMessage(bytes)
    if (request === undefined) return
    const change = readUint32(request, ATTRIBUTE.CHANGE_REQUEST) ?? 0
    const other = (key: 'address' | 'port') => (server[key] === PRIMARY[key] ? OTHER[key] : PRIMARY[key])
    const from = {
      address: change & 4 ? String(other('address')) : server.address,
      port: change & 2 ? Number(other('port')) : server.port,
    }
    const { transactionId } = request
    const mapped = addressAttribute(ATTRIBUTE.XOR_MAPPED_ADDRESS, translate(localPort, server), transactionId)
    const elsewhere = twoAddresses ? [addressAttribute(ATTRIBUTE.OTHER_ADDRESS, OTHER, transactionId)] : []
    const response = { ...request, class: 'success' as const, attributes: [mapped, ...elsewhere] }
    deliver(localPort, encodeStunMessage(response), from)
  }
  return {
    resolve: () => Promise.reject(new Error('not here')),
    openTcp: () => Promise.reject(new Error('not here')),
    openTls: () => Promise.reject(new Error('not here')),
    openUdp: async (_family, { remote, ...events }) => {
      const port = nextPort++
      sockets.set(port, events)
      return {
        local: { address: remote ? HOST : '0.0.0.0', port },
        reliable: false,
        send(bytes, to = remote) {
          if (to === undefined) return
          contacted.set(port, [...(contacted.get(port) ?? []), to])
          const source = translate(port, to)
          if (to.address !== PUBLIC) return answer(port, bytes, to)
          const inside = insidePorts.get(to.port)
          // A NAT that hairpins shows its own address as the source (RFC 4787 §6).
          if (hairpinning && inside !== undefined)
            queueMicrotask(() => sockets.get(inside)?.onPacket(bytes, source))
        },
        [Symbol.asyncDispose]: async () => void sockets.delete(port),
      }
    },
  }
}

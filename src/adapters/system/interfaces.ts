import { networkInterfaces } from 'node:os'

export interface NetworkInterface {
  name: string
  address: string
  family: 'IPv4' | 'IPv6'
  /** Loopback. */
  internal: boolean
}

/** The addresses of this machine, without the scope of link-local ones. */
export function listInterfaces(): NetworkInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, family, internal }) => ({ name, address, family, internal })),
  )
}

import { lookup } from 'node:dns/promises'
import { abortable } from '../../async/abortable.js'
import type { Network } from '../../check/ports.js'
import { openTcpLink, openTlsLink } from './stream-link.js'
import { openUdpLink } from './udp-link.js'

/** The network of this machine; `ca` (PEM) is trusted for TLS beside the authorities that Node knows. */
export function openNetwork({ ca }: { ca?: string | Uint8Array | undefined } = {}): Network {
  return {
    async resolve(host, { signal }) {
      const found = await abortable(lookup(host, { all: true, verbatim: true }), signal)
      return found.map(({ address, family }) => ({ address, family: family === 6 ? 'IPv6' : 'IPv4' }))
    },
    openUdp: openUdpLink,
    openTcp: openTcpLink,
    openTls: (remote, options) => openTlsLink(remote, { ...options, ca }),
  }
}

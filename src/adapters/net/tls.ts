import { isIP } from 'node:net'
import { connect, rootCertificates, type TLSSocket } from 'node:tls'
import type { Endpoint } from '../../stun/endpoint.js'

export interface TlsTrust {
  /** PEM, trusted beside the authorities that Node knows. */
  ca?: string | Uint8Array | undefined
}

/** Starts a TLS connection to `remote` under the name that the URL has for it. */
export function connectTls(
  remote: Endpoint,
  { serverName, ca, rejectUnauthorized }: TlsTrust & { serverName: string; rejectUnauthorized: boolean },
): TLSSocket {
  return connect({
    host: remote.address,
    port: remote.port,
    // An address has no place in SNI (RFC 6066 §3).
    servername: isIP(serverName) === 0 ? serverName : '',
    ...(ca === undefined ? {} : { ca: [...rootCertificates, pemText(ca)] }),
    rejectUnauthorized,
    // The name is compared afterwards, so that the chain and the name are two findings.
    checkServerIdentity: () => undefined,
  }).setNoDelay(true)
}

function pemText(ca: string | Uint8Array): string {
  return typeof ca === 'string' ? ca : Buffer.from(ca).toString('utf8')
}

import type { Endpoint } from '../stun/endpoint.js'
import type { AddressFamily } from '../stun/ip-address.js'

/**
 * What the checks need from a network. `adapters/net` implements it with sockets; tests with doubles that lose,
 * garble and refuse.
 */

/** How a server is reached: the transports of RFC 7064 and RFC 7065. */
export type Transport = 'udp' | 'tcp' | 'tls'

/** Delivered synchronously, so that a round trip is not measured through a queue. */
export interface LinkEvents {
  /** One datagram, or one whole message out of a stream. */
  onPacket: (bytes: Uint8Array, from: Endpoint) => void
  /** The other side refused or the network gave up; nothing arrives after that on a stream. */
  onFailure: (error: Error) => void
}

/** A socket that carries STUN messages. */
export interface Link extends AsyncDisposable {
  readonly local: Endpoint
  /** What is sent over a stream arrives, so it is not sent again. */
  readonly reliable: boolean
  /** `to` is only for links that are not connected. What cannot be sent is lost, as on the wire. */
  send(bytes: Uint8Array, to?: Endpoint): void
}

/** What a TLS server showed of itself. */
export interface CertificateFacts {
  subject: string
  issuer: string
  /** DNS names and addresses it is made for. */
  names: string[]
  /** ISO 8601. */
  validFrom: string
  validTo: string
  /** The code of OpenSSL's verdict on the chain; null where it is trusted. */
  chainFault: string | null
  /** Whether it is made for the name of the URL. */
  nameMatches: boolean
}

export interface TlsLink extends Link {
  readonly certificate: CertificateFacts
}

export interface OpenLinkOptions extends LinkEvents {
  signal: AbortSignal
}

export interface Network {
  /** Every address of a host name, or the address itself; rejects with the system's error. */
  resolve(
    host: string,
    options: { signal: AbortSignal },
  ): Promise<{ address: string; family: AddressFamily }[]>
  /** A UDP socket: connected where `remote` is given, so that ICMP's refusal is heard. */
  openUdp(family: AddressFamily, options: OpenLinkOptions & { remote?: Endpoint }): Promise<Link>
  openTcp(remote: Endpoint, options: OpenLinkOptions): Promise<Link>
  /** Shakes hands whatever the certificate; the caller looks at it before it says anything. */
  openTls(remote: Endpoint, options: OpenLinkOptions & { serverName: string }): Promise<TlsLink>
}

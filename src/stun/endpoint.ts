/** A transport address (RFC 8489 §3): where UDP and TCP send to and what STUN messages carry. */
export interface Endpoint {
  address: string
  port: number
}

export function sameEndpoint(left: Endpoint, right: Endpoint): boolean {
  return left.address === right.address && left.port === right.port
}

/** `192.0.2.1:3478`, `[2001:db8::1]:3478`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

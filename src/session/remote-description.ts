import { PeerError } from '../errors.js'

/**
 * The one DTLS fingerprint of a description, lower case. The stack uses the last of several `a=fingerprint` lines,
 * so a description with two different ones could authenticate another certificate than the one that was checked:
 * anything but exactly one distinct SHA-256 value is refused (RFC 8122 §5, RFC 8827 §6.5).
 */
export function readFingerprint(sdp: string): string {
  const lines = Array.from(sdp.matchAll(/^a=fingerprint:(\S+)[ \t]+(\S+)/gim))
  const distinct = new Set(
    lines.map(([, algorithm = '', value = '']) => `${algorithm} ${value}`.toLowerCase()),
  )
  const [only] = distinct
  if (only === undefined || distinct.size > 1 || !only.startsWith('sha-256 ')) {
    throw new PeerError(
      'PROTOCOL_VIOLATION',
      `The peer's session description has ${distinct.size} distinct fingerprints, expected one of sha-256.`,
      { hint: 'The signaling server or the peer is broken or hostile.' },
    )
  }
  return only.slice('sha-256 '.length)
}

import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { CertificateFacts } from '../../check/ports.js'

/** A certificate with thousands of names is not shown in full. */
const MAX_NAMES = 20

/** What the server at the other end showed, and whether it is made for `serverName`. */
export function describeCertificate(socket: TLSSocket, serverName: string): CertificateFacts {
  const certificate = socket.getPeerCertificate()
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    names: namesOf(certificate),
    validFrom: dateOf(certificate.valid_from),
    validTo: dateOf(certificate.valid_to),
    chainFault: socket.authorized ? null : faultOf(socket.authorizationError),
    nameMatches: checkServerIdentity(serverName, certificate) === undefined,
  }
}

function nameOf(name: Partial<PeerCertificate['subject']> | undefined): string {
  const [common] = [name?.CN ?? name?.O ?? ''].flat()
  return common ?? ''
}

/** `DNS:turn.example.org, IP Address:192.0.2.1` as a list. */
function namesOf({ subjectaltname = '' }: PeerCertificate): string[] {
  return subjectaltname
    .split(', ')
    .map((entry) => entry.replace(/^(DNS|IP Address):/, ''))
    .filter((entry) => entry !== '')
    .slice(0, MAX_NAMES)
}

function dateOf(text: string | undefined): string {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? '' : new Date(time).toISOString()
}

function faultOf(error: unknown): string {
  if (error instanceof Error)
    return 'code' in error && typeof error.code === 'string' ? error.code : error.message
  return String(error)
}

import type { CertificateFacts } from './ports.js'
import type { Failure } from './probe-failure.js'

/** The chain ends in an authority that is not known here. */
const UNKNOWN_AUTHORITY =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED)$/

/** Why a certificate cannot be trusted, worst first; undefined where it can. */
export function findCertificateFault(facts: CertificateFacts, serverName: string): Failure | undefined {
  const { chainFault, validFrom, validTo, issuer, subject, names, nameMatches } = facts
  if (chainFault === 'CERT_HAS_EXPIRED') {
    return tlsFailure(
      `its certificate expired on ${validTo.slice(0, 10)}`,
      "Renew it, or check this machine's clock.",
    )
  }
  if (chainFault === 'CERT_NOT_YET_VALID') {
    return tlsFailure(`its certificate begins on ${validFrom.slice(0, 10)}`, "Check this machine's clock.")
  }
  if (chainFault !== null && UNKNOWN_AUTHORITY.test(chainFault)) {
    const whose =
      issuer === subject ? `is self-signed ("${issuer}")` : `is signed by a private authority, "${issuer}"`
    return tlsFailure(
      `its certificate ${whose}`,
      'Give the certificate of that authority with --ca FILE (PEM).',
    )
  }
  if (chainFault !== null) {
    return tlsFailure(
      `its certificate is not trusted (${chainFault})`,
      'Give its authority with --ca FILE (PEM).',
    )
  }
  if (!nameMatches) {
    const list = names.length > 0 ? names.join(', ') : subject
    return tlsFailure(`its certificate is for ${list}, not for ${serverName}`, 'Use the name it is made for.')
  }
  return undefined
}

function tlsFailure(message: string, hint: string): Failure {
  return { code: 'certificate', message, hint }
}

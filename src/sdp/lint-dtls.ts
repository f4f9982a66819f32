import { quote } from './quote.js'
import { attributesNamed, inheritedAttributes, type SdpSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'
import { transportSections } from './transport-sections.js'

/** Bytes of each hash, as IANA registers them for certificates (RFC 8122 §5). */
const HASH_BYTES: Readonly<Record<string, number>> = {
  md2: 16,
  md5: 16,
  'sha-1': 20,
  'sha-224': 28,
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
}
const FORBIDDEN_HASHES = ['md2', 'md5']
const SETUP_VALUES = ['active', 'passive', 'actpass', 'holdconn']

/** Certificates' fingerprints and who starts the DTLS handshake. */
export function lintDtls(sdp: LintedSdp, report: ReportFinding): void {
  for (const section of transportSections(sdp)) {
    if (inheritedAttributes(section, sdp, 'fingerprint').length === 0) {
      const message = 'Neither the session nor this m-section has "a=fingerprint"; DTLS cannot be verified.'
      report('fingerprint-missing', section.line, message)
    }
    if (inheritedAttributes(section, sdp, 'setup').length === 0) {
      const message = 'Neither the session nor this m-section has "a=setup"; nobody knows who starts DTLS.'
      report('setup-missing', section.line, message)
    }
  }
  for (const section of [sdp.session, ...sdp.media]) {
    lintFingerprints(section, report)
    lintSetup(section, sdp, report)
    for (const { line } of attributesNamed(section, 'crypto')) {
      report(
        'crypto-line',
        line,
        'Keys in "a=crypto" (SDES) are forbidden in WebRTC; DTLS-SRTP agrees on them.',
      )
    }
  }
}

function lintFingerprints(section: SdpSection, report: ReportFinding): void {
  const first = new Map<string, { value: string; line: number }>()
  for (const { value: given, line } of attributesNamed(section, 'fingerprint')) {
    const [algorithm = '', value = ''] = (given ?? '').toLowerCase().split(/ +/)
    const bytes = Object.hasOwn(HASH_BYTES, algorithm) ? HASH_BYTES[algorithm] : undefined
    if (bytes === undefined) {
      report('fingerprint-form', line, `${quote(algorithm)} is no hash function of certificates.`)
      continue
    }
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2})*$/.test(value) || value.length !== bytes * 3 - 1) {
      report(
        'fingerprint-form',
        line,
        `A ${algorithm} fingerprint has ${bytes} bytes as "AB:CD:...", got ${quote(value)}.`,
      )
      continue
    }
    lintHash(algorithm, line, report)
    const earlier = first.get(algorithm)
    if (earlier === undefined) first.set(algorithm, { value, line })
    else if (earlier.value !== value) {
      const message = `The ${algorithm} fingerprint differs from that of line ${earlier.line}; libwebrtc uses the last one.`
      report('fingerprint-conflict', line, message)
    }
  }
}

function lintHash(algorithm: string, line: number, report: ReportFinding): void {
  if (FORBIDDEN_HASHES.includes(algorithm)) {
    report('fingerprint-hash', line, `${algorithm} must not be used; take sha-256.`, 'error')
  } else if (algorithm === 'sha-1') {
    report('fingerprint-hash', line, 'sha-1 is weak; take sha-256.')
  }
}

function lintSetup(section: SdpSection, { type }: LintedSdp, report: ReportFinding): void {
  for (const { value, line } of attributesNamed(section, 'setup')) {
    if (value === null || !SETUP_VALUES.includes(value)) {
      report('setup-value', line, `"a=setup" is ${SETUP_VALUES.join(', ')}, not ${quote(value ?? '')}.`)
    } else if (type === 'answer' && value === 'actpass') {
      report('setup-answer', line, 'An answer chooses: "a=setup:active" or "a=setup:passive".')
    } else if (type === 'offer' && value !== 'actpass') {
      report(
        'setup-offer',
        line,
        `An offer leaves the choice to the answerer: "a=setup:actpass", not ${value}.`,
      )
    }
  }
}

import { describe, expect, it } from 'vitest'
import { findCertificateFault } from '../../src/check/certificate.js'

const GOOD = {
  subject: 'turn.test',
  issuer: 'Some CA',
  names: ['turn.test', '192.0.2.1'],
  validFrom: '2026-01-01T00:00:00.000Z',
  validTo: '2026-12-31T00:00:00.000Z',
  chainFault: null,
  nameMatches: true,
}

describe('a certificate', () => {
  it('that is trusted and for this name has no fault', () => {
    expect(findCertificateFault(GOOD, 'turn.test')).toBeUndefined()
  })

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', /private authority, "Some CA"/, /--ca/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /private authority, "Some CA"/, /--ca/],
    ['CERT_HAS_EXPIRED', /expired on 2026-12-31/, /Renew/],
    ['CERT_NOT_YET_VALID', /begins on 2026-01-01/, /clock/],
    ['CERT_REVOKED', /not trusted \(CERT_REVOKED\)/, /--ca/],
  ])('with the fault %s says it in words', (chainFault, message, hint) => {
    const fault = findCertificateFault({ ...GOOD, chainFault }, 'turn.test')
    expect(fault).toMatchObject({ code: 'certificate' })
    expect(fault?.message).toMatch(message)
    expect(fault?.hint).toMatch(hint)
  })

  it('that signed itself is called so', () => {
    const facts = { ...GOOD, issuer: 'turn.test', chainFault: 'DEPTH_ZERO_SELF_SIGNED_CERT' }
    expect(findCertificateFault(facts, 'turn.test')?.message).toMatch(/self-signed/)
  })

  it('for other names says which', () => {
    const fault = findCertificateFault({ ...GOOD, nameMatches: false }, 'other.test')
    expect(fault?.message).toBe('its certificate is for turn.test, 192.0.2.1, not for other.test')
  })
})

import { describe, expect, it } from 'vitest'
import { readFingerprint } from '../../src/session/remote-description.js'

const A = 'AB:CD:EF:01:23:45:67:89'
const B = '00:11:22:33:44:55:66:77'
const SESSION = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0']
const MEDIA = ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'c=IN IP4 0.0.0.0']

function sdp(atSession: string[], atMedia: string[], lineEnd = '\r\n'): string {
  const attribute = (value: string) => `a=fingerprint:${value}`
  const lines = [...SESSION, ...atSession.map(attribute), ...MEDIA, ...atMedia.map(attribute), '']
  return lines.join(lineEnd)
}

describe('readFingerprint', () => {
  it.each<[string, string]>([
    ['at session level', sdp([`sha-256 ${A}`], [])],
    ['at media level', sdp([], [`sha-256 ${A}`])],
    ['with LF only', sdp([], [`sha-256 ${A}`], '\n')],
    ['at both levels, equal', sdp([`sha-256 ${A}`], [`sha-256 ${A}`])],
    ['at both levels, equal but for case', sdp([`SHA-256 ${A}`], [`sha-256 ${A.toLowerCase()}`])],
  ])('reads the one of a description, in lower case: %s', (_what, description) => {
    expect(readFingerprint(description)).toBe(A.toLowerCase())
  })

  it.each<[string, string]>([
    ['none', sdp([], [])],
    ['an empty description', ''],
    ['sha-1 only', sdp([`sha-1 ${A}`], [])],
    ['sha-512 only', sdp([`sha-512 ${A}`], [])],
    ['sha-256 and sha-1', sdp([`sha-256 ${A}`, `sha-1 ${B}`], [])],
    ['two at session level', sdp([`sha-256 ${A}`, `sha-256 ${B}`], [])],
    ['two at media level', sdp([], [`sha-256 ${A}`, `sha-256 ${B}`])],
    ['session and media level that differ', sdp([`sha-256 ${A}`], [`sha-256 ${B}`])],
    ['the same value under two names', sdp([`sha-256 ${A}`], [`sha-1 ${A}`])],
    ['a second one in capitals', `${sdp([], [`sha-256 ${A}`])}A=FINGERPRINT:SHA-256 ${B}\r\n`],
    ['a second one behind a tab', `${sdp([], [`sha-256 ${A}`])}a=fingerprint:sha-256\t${B}\r\n`],
    ['a second one after a lone CR', `${sdp([], [`sha-256 ${A}`])}x=y\ra=fingerprint:sha-256 ${B}\r\n`],
  ])('refuses %s', (_what, description) => {
    expect(() => readFingerprint(description)).toThrow(
      expect.objectContaining({ name: 'PeerError', code: 'PROTOCOL_VIOLATION' }),
    )
  })
})

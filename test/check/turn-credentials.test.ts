import { describe, expect, it } from 'vitest'
import { createTurnCredentials, readCredentialExpiry } from '../../src/check/turn-credentials.js'

describe('credentials out of a secret', () => {
  it('say until when they hold, and are the HMAC-SHA1 of that', () => {
    const nowMs = Date.UTC(2026, 0, 1)
    const { username, credential } = createTurnCredentials('s3cret', { nowMs })
    expect(username).toBe('1767312000:webrtc-cli')
    expect(credential).toBe('yqJJRLbzeRY3lNpej/aBN3PRw8s=')
    expect(readCredentialExpiry(username)).toBe(nowMs + 86_400_000)
  })

  it.each(['user', '42', '1767312000x', '', '17673120001:x'])(
    'say no time where %j is the user',
    (username) => {
      expect(readCredentialExpiry(username)).toBeUndefined()
    },
  )
})

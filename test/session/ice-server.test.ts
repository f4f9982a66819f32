import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { parseIceServer } from '../../src/session/ice-server.js'

function messageOf(text: string): string {
  try {
    parseIceServer(text)
  } catch (error) {
    if (error instanceof PeerError && error.code === 'USAGE') return error.message
    throw error
  }
  return ''
}

describe('parseIceServer', () => {
  it.each([
    ['stun:stun.example', 'stun:stun.example:3478'],
    ['stun:stun.example:19302', 'stun:stun.example:19302'],
    ['  stun:stun.example ', 'stun:stun.example:3478'],
    ['STUN:Stun.Example', 'stun:Stun.Example:3478'],
    ['stuns:stun.example', 'stuns:stun.example:5349'],
    ['stun:192.0.2.1', 'stun:192.0.2.1:3478'],
    ['stun:[2001:db8::1]', 'stun:[2001:db8::1]:3478'],
    ['stun:[::ffff:192.0.2.1]:1', 'stun:[::ffff:192.0.2.1]:1'],
    ['stun:host:65535', 'stun:host:65535'],
    ['stun:host?transport=udp', 'stun:host:3478'],
  ])('reads %j as a server without credentials', (text, urls) => {
    expect(parseIceServer(text)).toEqual({ urls })
  })

  it.each([
    ['turn:u:p@host', 'turn:host:3478', 'u', 'p'],
    ['turn:u:p@host:443', 'turn:host:443', 'u', 'p'],
    ['turns:u:p@host', 'turns:host:5349', 'u', 'p'],
    ['TURN:u:p@host?transport=TCP', 'turn:host:3478?transport=tcp', 'u', 'p'],
    ['turn:u:p@host?transport=udp', 'turn:host:3478?transport=udp', 'u', 'p'],
    ['turn:u:p@[::1]:3479?transport=tcp', 'turn:[::1]:3479?transport=tcp', 'u', 'p'],
    ['turn:a%3Ab:c%40d%25@host', 'turn:host:3478', 'a:b', 'c@d%'],
    ['turn:u:a:b@host', 'turn:host:3478', 'u', 'a:b'],
    ['turn:u:100%@host', 'turn:host:3478', 'u', '100%'],
    ['turn:1700000000%3Auser:aGVsbG8=@host', 'turn:host:3478', '1700000000:user', 'aGVsbG8='],
    ['turn:grüße:pässwort@host', 'turn:host:3478', 'grüße', 'pässwort'],
  ])('reads %j as a server with credentials', (text, urls, username, credential) => {
    expect(parseIceServer(text)).toEqual({ urls, username, credential })
  })

  it.each([
    ['', 'it must begin with'],
    ['host', 'it must begin with'],
    ['host:3478', 'it must begin with'],
    ['http://host', 'it must begin with'],
    ['stun', 'it must begin with'],
    ['user:secret@host', 'it must begin with'],
    ['stun://host', 'there is no //'],
    ['turn://user:secret@host', 'there is no //'],
    ['stun:host:0', 'the port must be'],
    ['stun:host:65536', 'the port must be'],
    ['stun:host:99999', 'the port must be'],
    ['stun:host:123456', 'the port must be'],
    ['turn:user:secret@host:70000', 'the port must be'],
    ['turn:user:secret@host:0?transport=tcp', 'the port must be'],
    ['turn:user:secret@host?transport=sctp', 'only ?transport='],
    ['turn:user:secret@host?ttl=5', 'only ?transport='],
    ['stun:host?', 'only ?transport='],
    ['stun:', 'write stun:'],
    ['stun:::1', 'write stun:'],
    ['stun:ho st', 'write stun:'],
    ['stun:host:port', 'write stun:'],
    ['stun:host/path', 'write stun:'],
    ['turn:user:secret@', 'write stun:'],
    ['turn:user:se@cret@host', 'is written %40'],
    ['stun:host?transport=tcp', 'only a TURN server takes'],
    ['turn::secret@host', 'write stun:'],
    ['turn:user:@host', 'write stun:'],
    ['turn:host', 'needs credentials'],
    ['turn:host:3478', 'needs credentials'],
    ['turns:[::1]', 'needs credentials'],
    ['stun:user:secret@host', 'takes no credentials'],
  ])('refuses %j and says that %s', (text, rule) => {
    expect(messageOf(text)).toContain(rule)
  })

  it.each([
    'turn:user:secret@host:99999',
    ' turn:user:secret@host:0',
    'turn:user:sec@secret@host',
    'turn:user:sec:secret@host:0',
    'turn://user:secret@host',
    'turn+tls:user:secret@host',
    'user:secret@host',
    'turn:user:secret',
    'turn:user:secret?transport=tcp',
    'turns:user:secret:host',
    'stun:user:secret@host',
    'stun:user:secret',
    'turn:secret@host@',
    'turn:user:a\nsecret@host:0',
  ])('keeps the password of %j to itself', (text) => {
    const message = messageOf(text)
    expect(message).not.toBe('')
    expect(message).not.toContain('secret')
  })

  it('fails with nothing but USAGE, without the password, whatever is given', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `turn:${rest}`),
      fc.stringMatching(/^(stuns?|turns?):[a-z:@[\]?=/.0-9 ]{0,30}$/),
    )
    fc.assert(
      fc.property(text, (given) => {
        messageOf(given)
      }),
    )
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(messageOf(`turn:${before}:hunter2${after}@host:0`)).not.toContain('hunter2')
      }),
    )
  })
})

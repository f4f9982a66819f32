import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { FEATURES, parseControlMessage, type ControlMessage } from '../../src/session/control-message.js'

function failureOf(raw: string | Uint8Array): unknown {
  try {
    parseControlMessage(raw)
    return undefined
  } catch (error) {
    return error
  }
}

function connectionOf(members: object): string {
  const message = { type: 'end-of-candidates' }
  return JSON.stringify({ type: 'connection', id: 1, role: 'offerer', message, ...members })
}

describe('parseControlMessage', () => {
  it.each<ControlMessage>([
    { type: 'hello', version: 1, verb: 'offer', features: [...FEATURES] },
    { type: 'hello', version: 1, verb: '', features: ['one that a newer version knows'] },
    { type: 'ping', id: 0 },
    { type: 'pong', id: 7 },
    { type: 'pong', id: 7, timeMs: 1_234.5 },
    { type: 'media', video: null, audio: { source: 'beep' } },
    {
      type: 'media',
      video: { source: 'bars', filter: 'blur(2px)', width: 640, height: 480, frameRate: 29.97 },
      audio: null,
    },
    { type: 'connection', id: 1, role: 'offerer', message: { type: 'offer', sdp: 'v=0' } },
    { type: 'connection', id: 2, role: 'answerer', message: { type: 'end-of-candidates' } },
    { type: 'connection-end', id: 1, role: 'answerer', reason: '' },
    { type: 'bye', reason: 'Grüße 👋' },
  ])('reads %j', (message) => {
    expect(parseControlMessage(JSON.stringify(message))).toEqual(message)
  })

  it('ignores fields it does not know', () => {
    expect(parseControlMessage('{"type":"ping","id":1,"new":true}')).toEqual({ type: 'ping', id: 1 })
  })

  it.each(['{"type":"later"}', '{"type":""}', '{"type":"constructor"}', '{"type":"PING","id":1}'])(
    'is undefined for %s, which a newer version may know',
    (raw) => {
      expect(parseControlMessage(raw)).toBeUndefined()
    },
  )

  it.each<[string, string | Uint8Array, string]>([
    ['bytes', Uint8Array.of(123, 125), 'binary'],
    ['no bytes', new Uint8Array(0), 'binary'],
    ['an empty text', '', 'not JSON'],
    ['half a message', '{"type":"ping"', 'not JSON'],
    ['deep nesting', '['.repeat(50_000), 'not JSON'],
    ['null', 'null', 'without a type'],
    ['a list', '["ping"]', 'without a type'],
    ['a number', '1', 'without a type'],
    ['a type that is no text', '{"type":1}', 'without a type'],
    ['a type from the prototype', '{"__proto__":{"type":"ping","id":1}}', 'without a type'],
    ['a hello of another version', '{"type":"hello","version":2,"verb":"x","features":[]}', '"version"'],
    ['a hello without features', '{"type":"hello","version":1,"verb":"x"}', '"features"'],
    [
      'a hello with too many features',
      JSON.stringify({ type: 'hello', version: 1, verb: 'x', features: Array(33).fill('f') }),
      '"features"',
    ],
    [
      'a hello with a feature that is too long',
      JSON.stringify({ type: 'hello', version: 1, verb: 'x', features: ['f'.repeat(33)] }),
      '"features.0"',
    ],
    ['a ping without id', '{"type":"ping"}', '"id"'],
    [
      'media of a size beyond bounds',
      '{"type":"media","audio":null,"video":{"source":"bars","filter":"","width":1e6,"height":1,"frameRate":1}}',
      '"video.width"',
    ],
    ['a pong with a text as id', '{"type":"pong","id":"1"}', '"id"'],
    ['a connection without a number', connectionOf({ id: 0 }), '"id"'],
    ['a connection with a fraction', connectionOf({ id: 1.5 }), '"id"'],
    ['a connection of neither side', connectionOf({ role: 'both' }), '"role"'],
    ['a connection with nothing to say', connectionOf({ message: { type: 'later' } }), '"message.type"'],
    [
      'a connection with a description that is too long',
      connectionOf({ message: { type: 'offer', sdp: 'x'.repeat(61_441) } }),
      '"message.sdp"',
    ],
    [
      'the end of a connection with a long reason',
      JSON.stringify({ type: 'connection-end', id: 1, role: 'offerer', reason: 'x'.repeat(257) }),
      '"reason"',
    ],
    ['a bye without reason', '{"type":"bye"}', '"reason"'],
    ['a bye with a long reason', JSON.stringify({ type: 'bye', reason: 'x'.repeat(257) }), '"reason"'],
  ])('refuses %s as a PROTOCOL_VIOLATION that names it', (_what, raw, named) => {
    expect(() => parseControlMessage(raw)).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_VIOLATION', message: expect.stringContaining(named) }),
    )
  })

  it('does not repeat what the peer sent: it is foreign text of any length', () => {
    const raw = JSON.stringify({ type: 'ping', id: `\u001b[2J${'x'.repeat(10_000)}` })
    expect(() => parseControlMessage(raw)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^[ -~]{1,200}$/) }),
    )
  })

  it('throws nothing but a PeerError, whatever is sent', () => {
    const type = fc.constantFrom('hello', 'ping', 'pong', 'connection', 'connection-end', 'bye', 'later')
    const raw = fc.oneof(
      fc.string(),
      fc.uint8Array(),
      fc.json(),
      fc
        .tuple(type, fc.dictionary(fc.string(), fc.jsonValue()))
        .map(([name, rest]) => JSON.stringify({ ...rest, type: name })),
      fc
        .tuple(type, fc.jsonValue())
        .map(([name, value]) =>
          JSON.stringify({ type: name, version: 1, verb: value, features: value, id: value, reason: value }),
        ),
    )
    fc.assert(
      fc.property(raw, (sent) => {
        expect(failureOf(sent)).toSatisfy(
          (failure) =>
            failure === undefined || (failure instanceof PeerError && failure.code === 'PROTOCOL_VIOLATION'),
        )
      }),
      { numRuns: 500 },
    )
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { parseClientMessage, parseServerMessage, serialiseMessage } from '../../src/signaling/message.js'
import type { ClientMessage, ServerMessage } from '../../src/signaling/message.js'

const CLIENT_MESSAGES: ClientMessage[] = [
  { type: 'join', room: 'team 7', role: 'offerer', name: 'Ann' },
  { type: 'join', room: '👋'.repeat(128), role: 'answerer', name: null },
  { type: 'offer', sdp: 'v=0\r\n', to: 'p-1' },
  { type: 'answer', sdp: '', to: 'p_1' },
  { type: 'candidate', candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 }, to: 'p' },
  {
    type: 'candidate',
    candidate: { candidate: '', sdpMid: null, sdpMLineIndex: null, usernameFragment: 'abcd' },
    to: 'p',
  },
  { type: 'end-of-candidates', to: 'p' },
  { type: 'bye', reason: '', to: 'p' },
  { type: 'leave' },
  { type: 'ping', id: 0 },
]

const SERVER_MESSAGES: ServerMessage[] = [
  { type: 'hello', version: 1, server: 'webrtc-cli/0.1.0', maxMessageBytes: 65_536 },
  {
    type: 'joined',
    room: 'r',
    peerId: 'a',
    peers: [{ peerId: 'b', role: 'answerer', name: null }],
    iceServers: [
      { urls: 'stun:s.example' },
      { urls: ['turn:t.example', 'turns:t.example'], username: 'u', credential: 'c' },
    ],
  },
  { type: 'peer-joined', peer: { peerId: 'b', role: 'offerer', name: 'Bob' } },
  { type: 'peer-left', peerId: 'b', reason: 'disconnected' },
  { type: 'offer', sdp: 'v=0\r\n', from: 'b' },
  { type: 'answer', sdp: 'v=0\r\n', from: 'b' },
  { type: 'candidate', candidate: { candidate: 'c', sdpMid: '0', sdpMLineIndex: null }, from: 'b' },
  { type: 'end-of-candidates', from: 'b' },
  { type: 'bye', reason: 'done', from: 'b' },
  { type: 'error', code: 'rate-limited', message: 'Too fast.', retryAfterMs: 20 },
  { type: 'error', code: 'added-in-2031', message: 'News.' },
  { type: 'pong', id: Number.MAX_SAFE_INTEGER },
]

describe('parseClientMessage', () => {
  it.each(CLIENT_MESSAGES)('reads back $type', (message) => {
    expect(parseClientMessage(serialiseMessage(message))).toEqual(message)
  })

  it.each([
    ['{', 'not JSON'],
    ['', 'not JSON'],
    ['\u0000', 'not JSON'],
    ['['.repeat(60_000), 'not JSON'],
    ['null', 'not a JSON object'],
    ['"join"', 'not a JSON object'],
    ['[{"type":"leave"}]', 'not a JSON object'],
    [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'not a JSON object'],
    ['{}', '"type"'],
    ['{"type":1}', '"type"'],
    ['{"__proto__":{"type":"leave"}}', '"type"'],
    ['{"type":"__proto__"}', 'unknown "type"'],
    ['{"type":"hello","version":1}', 'unknown "type"'],
    ['{"type":"join"}', 'field "room" is missing'],
    ['{"type":"join","room":"","role":"offerer","name":null}', 'field "room" must be'],
    ['{"type":"join","room":7,"role":"offerer","name":null}', 'field "room" must be'],
    [`{"type":"join","room":"${'x'.repeat(129)}","role":"offerer","name":null}`, 'field "room" must be'],
    ['{"type":"join","room":"a\\nb","role":"offerer","name":null}', 'field "room" must be'],
    ['{"type":"join","room":"a\\u202eb","role":"offerer","name":null}', 'field "room" must be'],
    ['{"type":"join","room":"a\\ud800","role":"offerer","name":null}', 'field "room" must be'],
    ['{"type":"join","room":"r","role":"boss","name":null}', 'field "role" must be "offerer" or "answerer"'],
    ['{"type":"join","room":"r","role":"offerer"}', 'field "name" is missing'],
    [
      `{"type":"join","room":"r","role":"offerer","name":"${'x'.repeat(65)}"}`,
      'field "name" must be null or',
    ],
    ['{"type":"offer","to":"p"}', 'field "sdp" is missing'],
    ['{"type":"offer","sdp":"x"}', 'field "to" is missing'],
    ['{"type":"offer","sdp":"x","to":"../p"}', 'field "to" must be'],
    [`{"type":"offer","sdp":"${'x'.repeat(61_441)}","to":"p"}`, 'field "sdp" must be at most 61440'],
    ['{"type":"candidate","candidate":"c","to":"p"}', 'field "candidate" must be an object'],
    [
      '{"type":"candidate","candidate":{"candidate":"c","sdpMLineIndex":0},"to":"p"}',
      'field "candidate.sdpMid" is missing',
    ],
    [
      '{"type":"candidate","candidate":{"candidate":"c","sdpMid":null,"sdpMLineIndex":-1},"to":"p"}',
      'field "candidate.sdpMLineIndex" must be at least 0',
    ],
    [
      `{"type":"candidate","candidate":{"candidate":"${'x'.repeat(1025)}","sdpMid":null,"sdpMLineIndex":0},"to":"p"}`,
      'field "candidate.candidate" must be at most 1024',
    ],
    ['{"type":"bye","reason":"\\u001b[2J","to":"p"}', 'field "reason" must be'],
    ['{"type":"ping","id":1.5}', 'field "id" must be a whole number'],
    ['{"type":"ping","id":1e999}', 'field "id" must be'],
    ['{"type":"ping","id":"1"}', 'field "id" must be a number'],
  ])('refuses %j, naming what is wrong', (text, sentence) => {
    expect(() => parseClientMessage(text)).toThrow(sentence)
    expect(() => parseClientMessage(text)).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }))
  })

  it('never repeats what the client wrote', () => {
    const text = '{"type":"offer","sdp":["\\u001b]0;owned\\u0007"],"to":"owned owned"}'
    expect(() => parseClientMessage(text)).toThrow(
      /^The client sent a malformed "offer" message: field "\w+" must be/,
    )
    expect(() => parseClientMessage('{"type":"owned"}')).toThrow(/^(?!.*owned)/)
  })

  it('drops fields it does not know, also dangerous ones', () => {
    const message = parseClientMessage('{"type":"leave","__proto__":{"polluted":true},"constructor":1}')
    expect(Object.keys(message)).toEqual(['type'])
    expect('polluted' in message).toBe(false)
  })
})

describe('parseServerMessage', () => {
  it.each(SERVER_MESSAGES)('reads back $type', (message) => {
    expect(parseServerMessage(serialiseMessage(message))).toEqual(message)
  })

  it('ignores a type that a newer server added', () => {
    expect(parseServerMessage('{"type":"room-topic","topic":"news"}')).toBeUndefined()
  })

  it('reads the hello of another version, so that the version can be told', () => {
    expect(
      parseServerMessage('{"type":"hello","version":2,"server":"x","maxMessageBytes":65536,"new":1}'),
    ).toMatchObject({ version: 2 })
  })

  it.each([
    ['{"type":"hello","version":"1"}', 'field "version" must be a number'],
    ['{"type":"joined","room":"r","peerId":"p","peers":{},"iceServers":[]}', 'field "peers" must be a list'],
    [
      '{"type":"joined","room":"r","peerId":"p","peers":[{"peerId":"q","role":1}],"iceServers":[]}',
      'field "peers.0.role" must be',
    ],
    [
      '{"type":"joined","room":"r","peerId":"p","peers":[],"iceServers":[{"urls":7}]}',
      '"iceServers.0.urls" must be',
    ],
    ['{"type":"peer-joined","peer":null}', 'field "peer" must be an object'],
    ['{"type":"peer-left","peerId":"p","reason":"bored"}', 'field "reason" must be'],
    ['{"type":"error","code":"no such","message":""}', 'field "code" must be'],
    ['{"type":"error","code":"x","message":"\\u001b[31m"}', 'field "message" must be'],
    ['{"type":"offer","sdp":"x","to":"p"}', 'field "from" is missing'],
    ['[]', 'not a JSON object'],
  ])('refuses %j, naming what is wrong', (text, sentence) => {
    expect(() => parseServerMessage(text)).toThrow(sentence)
    expect(() => parseServerMessage(text)).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }))
  })
})

/** Any UTF-16 code units, lone surrogates too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }))
  .map((units) => units.map((unit) => String.fromCharCode(unit)).join(''))

/** Runs both parsers; anything but a short PeerError fails the property. */
function isSafe(text: string): boolean {
  return [parseClientMessage, parseServerMessage].every((parse) => {
    try {
      parse(text)
      return true
    } catch (error) {
      return error instanceof PeerError && error.code === 'PROTOCOL_VIOLATION' && error.message.length < 300
    }
  })
}

/** A text that breaks a parser; null when 500 tries found none. */
function findUnsafe(texts: fc.Arbitrary<string>): [string] | null {
  return fc.check(fc.property(texts, isSafe), { numRuns: 500 }).counterexample
}

describe('anything at all', () => {
  const types = [...CLIENT_MESSAGES, ...SERVER_MESSAGES].map((message) => message.type)
  const keys = fc.constantFrom(
    'type',
    'to',
    'from',
    'room',
    'role',
    'name',
    'sdp',
    'candidate',
    'peers',
    'peer',
    'id',
    '__proto__',
    'constructor',
  )
  const known = [...CLIENT_MESSAGES, ...SERVER_MESSAGES].map(serialiseMessage)

  it('is text that throws nothing but a short PeerError', () => {
    expect(findUnsafe(anyText)).toBeNull()
  })

  it('is JSON that throws nothing but a short PeerError', () => {
    expect(findUnsafe(fc.json({ maxDepth: 6 }))).toBeNull()
  })

  it('is an object with our keys and any values that throws nothing but a short PeerError', () => {
    const message = fc
      .tuple(fc.constantFrom(...types), fc.dictionary(keys, fc.jsonValue()))
      .map(([type, fields]) => JSON.stringify({ ...fields, type }))
    expect(findUnsafe(message)).toBeNull()
  })

  it('is a known message with one character changed that throws nothing but a short PeerError', () => {
    const mutated = fc.tuple(fc.constantFrom(...known), fc.nat(), anyText).map(([text, at, replacement]) => {
      const position = at % text.length
      return text.slice(0, position) + replacement + text.slice(position + 1)
    })
    expect(findUnsafe(mutated)).toBeNull()
  })

  it('reads back every description that fits', () => {
    fc.assert(
      fc.property(anyText, (sdp) => {
        const message: ClientMessage = { type: 'offer', sdp, to: 'p' }
        expect(parseClientMessage(serialiseMessage(message))).toEqual(message)
      }),
    )
  })
})

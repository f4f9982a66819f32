import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFrame, writeFrame, type BenchFrame } from '../../src/bench/bench-frame.js'
import { parseBenchMessage } from '../../src/bench/bench-message.js'

const STREAM = {
  type: 'stream',
  id: 1,
  channel: { ordered: true, maxRetransmits: null, maxPacketLifeTime: null },
  messageBytes: 1_024,
  durationMs: 1_000,
  direction: 'up',
}

describe('messages of a bench', () => {
  it('are read as they were sent', () => {
    expect(parseBenchMessage(JSON.stringify(STREAM))).toEqual(STREAM)
  })

  it.each([
    ['binary', new Uint8Array(3), 'a binary message'],
    ['no JSON', '{', 'a message that is not JSON'],
    ['no type', '{}', 'a message with a broken field "type"'],
    ['an unknown type', '{"type":"x"}', 'a message with a broken field "type"'],
    [
      'a message too large',
      { ...STREAM, messageBytes: 262_145 },
      'a message with a broken field "messageBytes"',
    ],
    [
      'a message without a head',
      { ...STREAM, messageBytes: 7 },
      'a message with a broken field "messageBytes"',
    ],
    ['an hour', { ...STREAM, durationMs: 3_600_000 }, 'a message with a broken field "durationMs"'],
    [
      'a flood of probes',
      { type: 'probe', id: 1, messages: 50_001, messageBytes: 16, intervalMs: 1 },
      'a message with a broken field "messages"',
    ],
    [
      'probes without a pause',
      { type: 'probe', id: 1, messages: 5, messageBytes: 16, intervalMs: 0 },
      'a message with a broken field "intervalMs"',
    ],
  ])('%s is a violation that names the field', (_what, message, said) => {
    const raw =
      typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message)
    expect(() => parseBenchMessage(raw)).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_VIOLATION', message: expect.stringContaining(said) }),
    )
  })
})

describe('frames of a bench', () => {
  it('are read as they were written', () => {
    const frames = fc.record({
      kind: fc.constantFrom<BenchFrame['kind']>('ping', 'pong', 'data', 'end'),
      id: fc.nat(65_535),
      number: fc.nat(2 ** 32 - 1),
    })
    const comesBack = (frame: BenchFrame) =>
      JSON.stringify(readFrame(writeFrame(new Uint8Array(20), frame))) === JSON.stringify(frame)
    expect(fc.check(fc.property(frames, comesBack)).failed).toBe(false)
  })

  it.each([['text'], [new Uint8Array(7)], [new Uint8Array([0, 9, 0, 0, 0, 0, 0, 0])]])(
    'are not %j',
    (message) => expect(readFrame(message)).toBeUndefined(),
  )
})

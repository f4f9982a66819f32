import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { parseImpairment } from '../../src/impair/impairment.js'

const NONE = {
  delayMs: 0,
  jitterMs: 0,
  lossRatio: 0,
  rateBitsPerSecond: null,
  queueMs: 100,
  reorderRatio: 0,
  seed: 1,
}

const PARTS = 'there are delay, jitter, loss, rate, reorder, queue, seed'

describe('parseImpairment', () => {
  it.each<[string, object]>([
    ['delay=50ms', { delayMs: 50 }],
    ['delay=1.5s', { delayMs: 1_500 }],
    ['delay=50ms,jitter=5ms', { delayMs: 50, jitterMs: 5 }],
    ['jitter=5ms,delay=5ms', { delayMs: 5, jitterMs: 5 }],
    ['loss=0.5%', { lossRatio: 0.005 }],
    ['loss=100%', { lossRatio: 1 }],
    ['rate=20mbit', { rateBitsPerSecond: 20e6 }],
    ['rate=500kbit,queue=50ms', { rateBitsPerSecond: 500e3, queueMs: 50 }],
    ['rate=1.5Mbit/s', { rateBitsPerSecond: 1.5e6 }],
    ['reorder=1%', { reorderRatio: 0.01 }],
    ['seed=0', { seed: 0 }],
    [
      'delay=50ms, jitter=5ms, loss=0.5%, rate=20mbit, reorder=1%, queue=200ms, seed=7',
      {
        delayMs: 50,
        jitterMs: 5,
        lossRatio: 0.005,
        rateBitsPerSecond: 20e6,
        reorderRatio: 0.01,
        queueMs: 200,
        seed: 7,
      },
    ],
  ])('reads %s', (text, parts) => expect(parseImpairment(text)).toEqual({ ...NONE, ...parts }))

  it.each([
    ['', `knows no part ""; ${PARTS}`],
    ['latency=5ms', `knows no part "latency"; ${PARTS}`],
    ['toString=1', `knows no part "toString"; ${PARTS}`],
    ['delay', 'delay is written delay=VALUE, got "delay"'],
    ['delay=1ms=2ms', 'delay is written delay=VALUE, got "delay=1ms=2ms"'],
    ['delay=soon', 'delay must be a time from 0ms to 10s such as 50ms, got "soon"'],
    ['delay=50', 'delay must be a time from 0ms to 10s such as 50ms, got "50"'],
    ['delay=11s', 'delay must be a time from 0ms to 10s such as 50ms, got "11s"'],
    ['delay=5ms,jitter=6ms', 'jitter must not be above delay (5 ms), got "6 ms"'],
    ['loss=0.01', 'loss must be a share from 0% to 100% such as 0.5%, got "0.01"'],
    ['loss=101%', 'loss must be a share from 0% to 100% such as 0.5%, got "101%"'],
    ['rate=20', 'rate must be a rate from 1kbit to 100gbit such as 20mbit, got "20"'],
    ['rate=0kbit', 'rate must be a rate from 1kbit to 100gbit such as 20mbit, got "0kbit"'],
    ['reorder=-1%', 'reorder must be a share from 0% to 100% such as 0.5%, got "-1%"'],
    ['queue=50ms', 'queue needs a rate in front of which to queue'],
    ['rate=1mbit,queue=0ms', 'queue must be a time from 1ms to 10s such as 50ms, got "0ms"'],
    ['seed=1.5', 'seed must be a whole number from 0 to 4294967295, got "1.5"'],
    ['seed=4294967296', 'seed must be a whole number from 0 to 4294967295, got "4294967296"'],
    ['delay=1ms,delay=2ms', 'delay is there twice'],
    ['delay=1ms,', `knows no part ""; ${PARTS}`],
  ])('refuses %j and names the part', (text, message) => {
    expect(() => parseImpairment(text)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: `--impair: ${message}.` }),
    )
  })

  it('throws nothing but a usage error, whatever is given', () => {
    const failsWell = (text: string): boolean => {
      try {
        parseImpairment(text)
        return true
      } catch (error) {
        return error instanceof PeerError && error.code === 'USAGE'
      }
    }
    expect(fc.check(fc.property(fc.string(), failsWell)).failed).toBe(false)
  })
})

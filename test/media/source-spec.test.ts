import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAudioSource, parseVideoSource } from '../../src/media/source-spec.js'

describe('parseVideoSource', () => {
  it('reads bars', () => {
    expect(parseVideoSource('bars')).toEqual({ kind: 'bars' })
  })

  it.each(['x', '', 'bars:1', 'BARS', 'tone'])('rejects %j with what exists', (text) => {
    expect(() => parseVideoSource(text)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: `--video must be one of bars, got "${text}".` }),
    )
  })
})

describe('parseAudioSource', () => {
  it.each([
    ['tone', { kind: 'tone', frequency: 440 }],
    ['tone:1000', { kind: 'tone', frequency: 1000 }],
    ['tone:20', { kind: 'tone', frequency: 20 }],
    ['tone:20000', { kind: 'tone', frequency: 20_000 }],
    ['tone:440.5', { kind: 'tone', frequency: 440.5 }],
    ['silence', { kind: 'silence' }],
  ])('reads %j', (text, spec) => {
    expect(parseAudioSource(text)).toEqual(spec)
  })

  it.each(['x', '', 'silence:1', 'bars', 'Tone'])('rejects %j with what exists', (text) => {
    expect(() => parseAudioSource(text)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: `--audio must be one of tone, tone:HZ, silence, got "${text}".`,
      }),
    )
  })

  it.each(['tone:', 'tone:19.9', 'tone:20001', 'tone:-440', 'tone:1e3', 'tone:440:2', 'tone:a'])(
    'rejects the frequency of %j',
    (text) => {
      expect(() => parseAudioSource(text)).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          message: `--audio tone:HZ must be a frequency from 20 to 20000 Hz, got "${text}".`,
        }),
      )
    },
  )

  it('takes every whole frequency within the bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 20_000 }), (frequency) => {
        expect(parseAudioSource(`tone:${frequency}`)).toEqual({ kind: 'tone', frequency })
      }),
    )
  })
})

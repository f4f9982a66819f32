import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AUDIO_SOURCES,
  parseAudioSource,
  parseVideoSource,
  VIDEO_SOURCES,
} from '../../src/media/source-spec.js'

describe('parseVideoSource', () => {
  it.each([
    ['bars', { kind: 'bars' }],
    ['motion', { kind: 'motion' }],
    ['clock', { kind: 'clock' }],
    ['noise', { kind: 'snow', seed: 1 }],
    ['noise:42', { kind: 'snow', seed: 42 }],
    ['color:red', { kind: 'colour', colour: { y: 81, u: 90, v: 240 } }],
    ['color:#f00', { kind: 'colour', colour: { y: 81, u: 90, v: 240 } }],
    ['colour:#FFFFFF', { kind: 'colour', colour: { y: 235, u: 128, v: 128 } }],
    ['screen', { kind: 'screen', display: null }],
    ['screen::99', { kind: 'screen', display: ':99' }],
    ['camera', { kind: 'camera', device: null }],
    ['camera:/dev/video2', { kind: 'camera', device: '/dev/video2' }],
    ['film.mp4', { kind: 'file', path: 'film.mp4' }],
    ['./bars', { kind: 'file', path: './bars' }],
    ['C:\\film.mp4', { kind: 'file', path: 'C:\\film.mp4' }],
    ['-', { kind: 'stdin' }],
    ['lavfi:testsrc=rate=30:size=hd720', { kind: 'lavfi', graph: 'testsrc=rate=30:size=hd720' }],
    ['rtsp://user:pass@camera/1', { kind: 'url', url: 'rtsp://user:pass@camera/1', live: true }],
    ['https://example.com/film.mp4', { kind: 'url', url: 'https://example.com/film.mp4', live: false }],
  ])('reads %j', (text, spec) => {
    expect(parseVideoSource(text)).toEqual(spec)
  })

  it.each(['x', '', 'bars:1', 'BARS', 'tone', 'lavfi:'])('rejects %j with what exists', (text) => {
    const message = `--video must be one of ${VIDEO_SOURCES.join(', ')}, got "${text}".`
    expect(() => parseVideoSource(text)).toThrow(expect.objectContaining({ code: 'USAGE', message }))
  })

  it.each(['noise:', 'noise:-1', 'noise:4294967296', 'color:', 'color:reddish', 'color:#ff'])(
    'rejects the parameter of %j',
    (text) => {
      expect(() => parseVideoSource(text)).toThrow(
        expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(`got "${text}"`) }),
      )
    },
  )
})

describe('parseAudioSource', () => {
  it.each([
    ['tone', { kind: 'tone', frequency: 440 }],
    ['tone:1000', { kind: 'tone', frequency: 1000 }],
    ['tone:20', { kind: 'tone', frequency: 20 }],
    ['tone:20000', { kind: 'tone', frequency: 20_000 }],
    ['tone:440.5', { kind: 'tone', frequency: 440.5 }],
    ['silence', { kind: 'silence' }],
    ['beep', { kind: 'beep' }],
    ['noise:7', { kind: 'hiss', seed: 7 }],
    ['mic', { kind: 'microphone', device: null }],
    ['mic:pulse:default', { kind: 'microphone', device: 'pulse:default' }],
    ['music.mp3', { kind: 'file', path: 'music.mp3' }],
    ['-', { kind: 'stdin' }],
    ['lavfi:sine=frequency=300', { kind: 'lavfi', graph: 'sine=frequency=300' }],
  ])('reads %j', (text, spec) => {
    expect(parseAudioSource(text)).toEqual(spec)
  })

  it.each(['x', '', 'silence:1', 'bars', 'Tone'])('rejects %j with what exists', (text) => {
    expect(() => parseAudioSource(text)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: `--audio must be one of ${AUDIO_SOURCES.join(', ')}, got "${text}".`,
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

import { describe, expect, it } from 'vitest'
import { AUDIO_CONSTRAINTS, selectAudioSettings } from '../../src/media/audio-settings.js'
import { parseConstraints } from '../../src/media/constraints.js'
import { fitnessDistance } from '../../src/media/select-settings.js'
import { selectVideoSize, VIDEO_CONSTRAINTS } from '../../src/media/video-settings.js'

const FILM = { width: 1280, height: 720, frameRate: 25 }

function video(constraints: object, native = FILM): string {
  const parsed = parseConstraints('--video-constraints', JSON.stringify(constraints), VIDEO_CONSTRAINTS)
  const { width, height, frameRate } = selectVideoSize(native, parsed, 'film.mp4')
  return `${width}x${height} at ${frameRate}`
}

function audio(constraints: object) {
  const parsed = parseConstraints('--audio-constraints', JSON.stringify(constraints), AUDIO_CONSTRAINTS)
  return selectAudioSettings(parsed, 'song.mp3')
}

describe('constraints of a picture', () => {
  it.each([
    ['nothing: as the source is', {}, '1280x720 at 25'],
    ['a value by itself, which is ideal', { width: 640 }, '640x360 at 25'],
    ['ideal', { height: { ideal: 360 } }, '640x360 at 25'],
    ['ideal beyond what there is: the nearest', { width: { ideal: 9999 } }, '4096x2304 at 25'],
    ['min below the source: as it is', { width: { min: 640 } }, '1280x720 at 25'],
    ['min above the source', { width: { min: 1920 } }, '1920x1080 at 25'],
    ['max above the source: as it is', { height: { max: 1080 } }, '1280x720 at 25'],
    ['max below the source', { height: { max: 360 } }, '640x360 at 25'],
    ['exact', { width: { exact: 320 } }, '320x180 at 25'],
    ['exact in both: another shape', { width: { exact: 320 }, height: { exact: 240 } }, '320x240 at 25'],
    ['ideal within min and max', { width: { min: 600, ideal: 800, max: 1000 } }, '800x450 at 25'],
    ['ideal below min: min', { width: { min: 600, ideal: 320 } }, '600x338 at 25'],
    ['aspectRatio', { aspectRatio: { exact: 1 } }, '1280x1280 at 25'],
    ['aspectRatio and a width', { aspectRatio: 1, width: 480 }, '480x480 at 25'],
    [
      'aspectRatio of two decimals',
      { aspectRatio: { exact: 1.78 }, height: { exact: 1080 } },
      '1920x1080 at 25',
    ],
    ['frameRate', { frameRate: 10 }, '1280x720 at 10'],
    ['frameRate max', { frameRate: { max: 15 } }, '1280x720 at 15'],
    ['frameRate min', { frameRate: { min: 50 } }, '1280x720 at 50'],
    ['resizeMode none', { resizeMode: { exact: 'none' } }, '1280x720 at 25'],
    [
      'resizeMode none outweighed by one that is required',
      { resizeMode: 'none', width: { exact: 640 } },
      '640x360 at 25',
    ],
    [
      'advanced: the first that can be met',
      { advanced: [{ width: 99_999 }, { width: 640 }] },
      '640x360 at 25',
    ],
    [
      'advanced after what is required',
      { width: { max: 800 }, advanced: [{ height: 360 }, { frameRate: 30 }] },
      '640x360 at 30',
    ],
  ])('are met: %s', (_what, constraints, expected) => {
    expect(video(constraints)).toBe(expected)
  })

  it.each([
    ['width', { width: { min: 5000 } }, /cannot give width \{"min":5000\}; it can give 16 to 4096\.$/],
    ['width', { width: { max: 10 } }, /width/],
    ['width', { width: { exact: 640.5 } }, /width/],
    ['width', { width: { min: 800, max: 640 } }, /width/],
    ['height', { height: { exact: 5000 } }, /height/],
    ['frameRate', { frameRate: { min: 61 } }, /frameRate/],
    ['frameRate', { frameRate: { max: 0.5 } }, /frameRate/],
    ['aspectRatio', { aspectRatio: { min: 300 } }, /aspectRatio/],
    [
      'aspectRatio',
      { width: { exact: 640 }, height: { exact: 360 }, aspectRatio: { exact: 1 } },
      /cannot give aspectRatio \{"exact":1\} together with the constraints before it; it can give 1\.778\.$/,
    ],
    ['width', { resizeMode: { exact: 'none' }, width: { exact: 640 } }, /width \{"exact":640\} together/],
  ])('are refused by their name: %s in %j', (name, constraints, message) => {
    expect(() => video(constraints)).toThrow(
      expect.objectContaining({ code: 'OVERCONSTRAINED', exitCode: 78 }),
    )
    expect(() => video(constraints)).toThrow(message)
    expect(() => video(constraints)).toThrow(`OverconstrainedError: film.mp4 cannot give ${name} `)
  })

  it('bring what is too large or too fast within bounds, in its shape', () => {
    expect(video({}, { width: 7680, height: 4320, frameRate: 120 })).toBe('4096x2304 at 60')
  })
})

describe('constraints of sound', () => {
  it.each([
    [{}, { sampleRate: 48_000, channelCount: 1, volume: 1 }],
    [{ sampleRate: 16_000 }, { sampleRate: 16_000, channelCount: 1, volume: 1 }],
    [{ sampleRate: { max: 20_000 } }, { sampleRate: 16_000, channelCount: 1, volume: 1 }],
    [{ sampleRate: 22_050 }, { sampleRate: 16_000, channelCount: 1, volume: 1 }],
    [{ channelCount: { exact: 2 } }, { sampleRate: 48_000, channelCount: 2, volume: 1 }],
    [{ channelCount: 6 }, { sampleRate: 48_000, channelCount: 2, volume: 1 }],
    [{ volume: 0.25 }, { sampleRate: 48_000, channelCount: 1, volume: 0.25 }],
    [{ volume: { max: 0.5 } }, { sampleRate: 48_000, channelCount: 1, volume: 0.5 }],
  ])('are met: %j', (constraints, expected) => {
    expect(audio(constraints)).toEqual(expected)
  })

  it.each([
    ['sampleRate', { sampleRate: { exact: 96_000 } }],
    ['sampleRate', { sampleRate: { min: 1, max: 4000 } }],
    ['channelCount', { channelCount: { min: 3 } }],
    ['volume', { volume: { min: 1.5 } }],
  ])('are refused by their name: %s in %j', (name, constraints) => {
    expect(() => audio(constraints)).toThrow(`song.mp3 cannot give ${name} `)
  })
})

describe('parseConstraints', () => {
  it.each([
    ['{', 'must be JSON'],
    ['[]', 'must be a JSON object'],
    ['{"depth": 3}', 'has no constraint "depth"'],
    ['{"__proto__": 3}', 'has no constraint'],
    ['{"width": "640"}', '"width" must be a number, got "640"'],
    ['{"width": {"least": 640}}', '"width" takes min, max, exact, ideal, not "least"'],
    ['{"width": null}', '"width" must be a number, got null'],
    ['{"resizeMode": "crop"}', 'must be one of none, crop-and-scale'],
    ['{"resizeMode": {"min": "none"}}', 'takes exact, ideal'],
    ['{"advanced": {}}', '"advanced" must be a list'],
    ['{"advanced": [1]}', 'must be an object'],
  ])('rejects %s', (text, message) => {
    const parse = () => parseConstraints('--video-constraints', text, VIDEO_CONSTRAINTS)
    expect(parse).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    )
  })
})

describe('fitnessDistance', () => {
  it('is the relative distance from the ideal, as mediacapture-main has it', () => {
    expect(fitnessDistance({ width: 640 }, { width: { ideal: 800 } })).toBeCloseTo(0.2)
    expect(fitnessDistance({ width: 640, height: 480 }, { width: { ideal: 640 } })).toBe(0)
    expect(fitnessDistance({ mode: 'none' }, { mode: { ideal: 'scale' } })).toBe(1)
    expect(fitnessDistance({ width: 640 }, { width: { min: 641 } })).toBe(Number.POSITIVE_INFINITY)
  })
})

import { describe, expect, it } from 'vitest'
import { checkVideoSize } from '../../src/media/video-size.js'

describe('checkVideoSize', () => {
  it('leaves open what is not asked for', () => {
    expect(checkVideoSize({})).toEqual({})
    expect(checkVideoSize({ width: undefined })).toEqual({ width: undefined })
  })

  it.each([
    { width: 16, height: 4096, frameRate: 1 },
    { width: 321, height: 241, frameRate: 29.97 },
    { width: 4096, height: 16, frameRate: 60 },
  ])('takes %o', (size) => {
    expect(checkVideoSize(size)).toEqual(size)
  })

  it.each([
    [{ width: 15 }, '--width must be a whole number of pixels from 16 to 4096, got "15".'],
    [{ width: 640.5 }, '--width must be a whole number of pixels from 16 to 4096, got "640.5".'],
    [{ height: 4097 }, '--height must be a whole number of pixels from 16 to 4096, got "4097".'],
    [{ height: Number.NaN }, '--height must be a whole number of pixels from 16 to 4096, got "NaN".'],
    [{ frameRate: 0.5 }, '--frame-rate must be from 1 to 60 frames per second, got "0.5".'],
    [{ frameRate: 61 }, '--frame-rate must be from 1 to 60 frames per second, got "61".'],
    [{ frameRate: Number.NaN }, '--frame-rate must be from 1 to 60 frames per second, got "NaN".'],
  ])('rejects %o by the name of the option', (given, message) => {
    expect(() => checkVideoSize(given)).toThrow(expect.objectContaining({ code: 'USAGE', message }))
  })
})

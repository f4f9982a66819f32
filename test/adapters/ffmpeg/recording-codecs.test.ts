import { describe, expect, it } from 'vitest'
import { outputArguments, type Bitrates } from '../../../src/adapters/ffmpeg/recording-codecs.js'
import type { EncodedFormat } from '../../../src/media/recording/format.js'

const TRACKS = {
  video: { width: 640, height: 480, frameRate: 30 },
  audio: { sampleRate: 48_000, channelCount: 2 },
}

/** What follows the option, of what ffmpeg is given. */
function valueOf(option: string, format: EncodedFormat, bitrates: Bitrates, tracks = TRACKS) {
  const given = outputArguments(format, tracks, bitrates)
  return given.includes(option) ? given[given.indexOf(option) + 1] : undefined
}

describe('what ffmpeg is told of a recording', () => {
  it.each<[EncodedFormat]>([['webm'], ['mkv'], ['mp4']])(
    'has the bitrates that were asked for: %s',
    (format) => {
      const bitrates = { video: 500_000, audio: 48_000 }
      expect(valueOf('-b:v', format, bitrates)).toBe('500000')
      expect(valueOf('-b:a', format, bitrates)).toBe('48000')
    },
  )

  it('has bitrates by size, rate and channels otherwise, within bounds', () => {
    // 640 x 480 x 30 x 0.08 and 0.12 bits a pixel.
    expect(valueOf('-b:v', 'webm', {})).toBe('737280')
    expect(valueOf('-b:v', 'mp4', {})).toBe('1105920')
    expect(valueOf('-b:a', 'webm', {})).toBe('128000')
    const ofSize = (width: number, height: number) => ({ ...TRACKS, video: { width, height, frameRate: 60 } })
    expect(valueOf('-b:v', 'webm', {}, ofSize(16, 16))).toBe('200000')
    expect(valueOf('-b:v', 'webm', {}, ofSize(4096, 4096))).toBe('20000000')
  })

  it('has no picture where the format carries none', () => {
    expect(valueOf('-b:v', 'ogg', { video: 500_000 })).toBeUndefined()
    expect(valueOf('-b:a', 'ogg', { audio: 32_000 })).toBe('32000')
  })
})

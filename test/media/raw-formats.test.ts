import { describe, expect, it } from 'vitest'
import { createByteReader } from '../../src/media/byte-reader.js'
import { convertChannels, convertVideo } from '../../src/media/convert-source.js'
import { createPatternAudio, createPatternVideo } from '../../src/media/pattern-source.js'
import { createPicture } from '../../src/media/picture.js'
import { repeatedly } from '../../src/media/playback.js'
import { createScaler, fitRectangles } from '../../src/media/scale.js'
import { readWavHeader } from '../../src/media/wav.js'
import { readY4mFrame, readY4mHeader } from '../../src/media/y4m.js'

function readerOf(...parts: (string | Uint8Array)[]) {
  const encoder = new TextEncoder()
  return createByteReader(
    (async function* () {
      for (const part of parts) yield typeof part === 'string' ? encoder.encode(part) : part
    })(),
    'x',
  )
}

describe('y4m', () => {
  it('reads size, rate and pictures', async () => {
    const reader = readerOf(
      'YUV4MPEG2 W4 H2 F30000:1001 Ip A1:1 C420jpeg\nFRAME\n',
      new Uint8Array(12).fill(7),
      'FRAME Ip\n',
    )
    expect(await readY4mHeader(reader, 'x')).toEqual({ width: 4, height: 2, frameRate: 30_000 / 1001 })
    const picture = new Uint8Array(12)
    expect(await readY4mFrame(reader, picture, 'x')).toBe(true)
    expect([...picture]).toEqual(Array.from({ length: 12 }, () => 7))
    await expect(readY4mFrame(reader, picture, 'x')).rejects.toThrow('ends within a picture')
  })

  it.each([
    ['', 'does not begin with YUV4MPEG2'],
    ['RIFF....\n', 'does not begin with YUV4MPEG2'],
    ['YUV4MPEG23 W4 H2 F30:1\n', 'does not begin with YUV4MPEG2'],
    ['x'.repeat(2000), 'does not begin with YUV4MPEG2'],
    ['YUV4MPEG2 W0 H2 F30:1\n', 'does not say its size'],
    ['YUV4MPEG2 W4 H99999 F30:1\n', 'does not say its size'],
    ['YUV4MPEG2 W4 H2 F30:0\n', 'does not say its size'],
    ['YUV4MPEG2 W4 H2\n', 'does not say its size'],
    ['YUV4MPEG2 W4 H2 F30:1 C444\n', 'pixel format "444"'],
    [`YUV4MPEG2 ${'x'.repeat(2000)}`, 'more than 1024 bytes'],
  ])('rejects %j', async (text, message) => {
    await expect(readY4mHeader(readerOf(text), 'x')).rejects.toThrow(message)
  })
})

/** A wav of 16-bit PCM unless told otherwise. */
function wav({ format = 1, channels = 1, rate = 48_000, bits = 16, before = '' } = {}): Uint8Array {
  const header = new DataView(new ArrayBuffer(24))
  header.setUint32(0, 0x666d7420)
  header.setUint32(4, 16, true)
  header.setUint16(8, format, true)
  header.setUint16(10, channels, true)
  header.setUint32(12, rate, true)
  header.setUint16(22, bits, true)
  const text = (value: string) => [...new TextEncoder().encode(value)]
  return Uint8Array.from([
    ...text('RIFF....WAVE'),
    ...text(before),
    ...new Uint8Array(header.buffer),
    ...text('data\x08\0\0\0'),
    1,
    2,
  ])
}

describe('wav', () => {
  it.each([
    ['mono', {}, { channelCount: 1, sampleRate: 48_000, dataBytes: 8 }],
    ['stereo', { channels: 2, rate: 44_100 }, { channelCount: 2, sampleRate: 44_100, dataBytes: 8 }],
    [
      'one with a chunk of odd length before',
      { before: 'LIST\x03\0\0\0abc\0' },
      { channelCount: 1, sampleRate: 48_000, dataBytes: 8 },
    ],
  ])('reads %s up to its samples', async (_what, options, expected) => {
    const reader = readerOf(wav(options))
    expect(await readWavHeader(reader, 'x')).toEqual(expected)
    const samples = new Uint8Array(2)
    await reader.readInto(samples)
    expect([...samples]).toEqual([1, 2])
  })

  it.each([
    ['another format', wav({ format: 3, bits: 32 }), 'samples of 32 bits and format 3'],
    ['24 bits', wav({ bits: 24 }), 'samples of 24 bits'],
    ['no channels', wav({ channels: 0 }), '0 channels'],
    ['something else', new Uint8Array(40), 'does not begin with RIFF'],
    ['an end in the header', wav().subarray(0, 20), 'ends'],
    ['samples without a format', new TextEncoder().encode('RIFF....WAVEdata....'), 'have no format'],
    [
      'a chunk of gigabytes',
      Uint8Array.from([...new TextEncoder().encode('RIFF....WAVELIST'), 255, 255, 255, 255]),
      'claims',
    ],
  ])('rejects %s', async (_what, bytes, message) => {
    await expect(readWavHeader(readerOf(bytes), 'x')).rejects.toThrow(message)
  })
})

describe('playing again and again', () => {
  async function take(count: number, options: { loop?: boolean; startMs?: number }, text = 'abcdef') {
    const read = await repeatedly({
      ...options,
      perSecond: 2,
      open: async () => readerOf(text),
      read: (reader, target) => reader.readInto(target),
    })
    const target = new Uint8Array(1)
    let taken = ''
    while (taken.length < count && (await read(target))) taken += String.fromCharCode(...target)
    return taken
  }

  it('plays once, from the start that is asked for', async () => {
    expect(await take(99, {})).toBe('abcdef')
    expect(await take(99, { startMs: 1500 })).toBe('def')
    expect(await take(99, { startMs: 60_000 })).toBe('')
  })

  it('begins anew with --loop, and ends where there is nothing', async () => {
    expect(await take(15, { loop: true })).toBe('abcdefabcdefabc')
    expect(await take(8, { loop: true, startMs: 2000 })).toBe('efabcdef')
    expect(await take(3, { loop: true }, '')).toBe('')
  })
})

describe('scaling', () => {
  const wide = { width: 160, height: 90 }
  const square = { width: 64, height: 64 }

  it.each([
    ['contain', { x: 0, y: 0, ...wide }, { x: 0, y: 14, width: 64, height: 36 }],
    ['cover', { x: 36, y: 0, width: 90, height: 90 }, { x: 0, y: 0, ...square }],
    ['stretch', { x: 0, y: 0, ...wide }, { x: 0, y: 0, ...square }],
  ] as const)('takes and fills what %s says', (fit, source, destination) => {
    expect(fitRectangles(wide, square, fit)).toEqual({ source, destination })
  })

  it('keeps a colour, and draws black bars beside it', () => {
    const red = { y: 81, u: 90, v: 240 }
    const frame = createPicture(160, 90, red)
    const { data } = createScaler(wide, square, 'contain')(frame)
    const pixel = (x: number, y: number) => [
      data[y * 64 + x],
      data[64 * 64 + (y >> 1) * 32 + (x >> 1)],
      data[64 * 64 + 32 * 32 + (y >> 1) * 32 + (x >> 1)],
    ]
    expect([pixel(32, 32), pixel(0, 14), pixel(63, 49)]).toEqual([
      [81, 90, 240],
      [81, 90, 240],
      [81, 90, 240],
    ])
    expect([pixel(32, 12), pixel(32, 50)]).toEqual([
      [16, 128, 128],
      [16, 128, 128],
    ])
  })

  it('blends between pixels and leaves the same size alone', () => {
    const frame = { width: 2, height: 2, data: Uint8Array.from([0, 200, 0, 200, 128, 128]) }
    const { data } = createScaler(frame, { width: 4, height: 2 }, 'stretch')(frame)
    expect([...data.subarray(0, 4)]).toEqual([0, 50, 150, 200])
    expect(createScaler(frame, frame, 'contain')(frame)).toBe(frame)
  })
})

describe('converting', () => {
  const size = { width: 16, height: 16, frameRate: 25 }
  const numbered = () => {
    const frame = createPicture(16, 16, { y: 0, u: 128, v: 128 })
    return createPatternVideo({ draw: (index) => (frame.data.fill(index, 0, 1), frame) }, size)
  }

  it.each([
    [50, [0, 0, 1, 1, 2, 2]],
    [12.5, [0, 2, 4, 6, 8, 10]],
    [25, [0, 1, 2, 3, 4, 5]],
    [30, [0, 0, 1, 2, 3, 4]],
  ])('to %s pictures a second shows those of the moment', (frameRate, expected) => {
    const source = convertVideo(numbered(), { ...size, frameRate }, 'contain')
    expect([0, 1, 2, 3, 4, 5].map((slot) => source.draw(slot)?.data[0])).toEqual(expected)
    expect(source.dropped).toBeNull()
  })

  it('mixes channels to their mean and doubles one', () => {
    const block = { samples: Int16Array.from([100, 300, -5, 5]), sampleRate: 48_000, channelCount: 2 }
    const stereo = createPatternAudio({ next: () => block }, { sampleRate: 48_000, channelCount: 2 })
    const mono = convertChannels(stereo, 1)
    expect([...(mono.next(0)?.samples ?? [])]).toEqual([200, 0])
    expect([...(convertChannels(mono, 2).next(0)?.samples ?? [])]).toEqual([200, 200, 0, 0])
    expect(mono.format).toEqual({ sampleRate: 48_000, channelCount: 1 })
  })
})

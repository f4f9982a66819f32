import { beforeAll, describe, expect, it } from 'vitest'
import { createFrameFilter } from '../../../src/media/filter/frame-filter.js'
import { parseFilterList } from '../../../src/media/filter/parse-filter.js'
import type { VideoFrame } from '../../../src/media/ports.js'
import { launchChromium, whyNoChromium } from '../../support/chromium.js'
import { drawColourChart, psnrOfRgb, toI420, toRgb, type RgbPicture } from './rgb-picture.js'

/** dB; above it nobody sees a difference. */
const MIN_PSNR = 35

const CHART = toI420(drawColourChart())

const FILTERS = [
  'grayscale(1)',
  'grayscale(40%)',
  'sepia(100%)',
  'sepia(30%)',
  'saturate(0%)',
  'saturate(60%)',
  'saturate(250%)',
  'hue-rotate(90deg)',
  'hue-rotate(0.6turn)',
  'hue-rotate(-2rad)',
  'hue-rotate(50grad)',
  'invert(1)',
  'invert(25%)',
  'opacity(40%)',
  'brightness(40%)',
  'brightness(170%)',
  'contrast(45%)',
  'contrast(220%)',
  // Below, Chromium itself makes do with boxes of whole pixels, and with none for 0.5px.
  'blur(1.5px)',
  'blur(3px)',
  'blur(4.2px)',
  'blur(12px)',
  'drop-shadow(8px 8px 4px red)',
  'opacity(50%) drop-shadow(8px -12px 3px #f80)',
  'opacity(30%) drop-shadow(rgb(0 80 255 / 50%) 20px 10px)',
  'grayscale(50%) blur(2px)',
  'blur(6px) invert(1)',
  'blur(5px) drop-shadow(10px 10px 5px lime) opacity(80%)',
  'brightness(180%) contrast(60%) hue-rotate(200deg) saturate(150%)',
  'opacity(60%) invert(1) sepia(80%)',
]

describe.skipIf(whyNoChromium() !== undefined)('a filter looks as in Chromium', () => {
  let rendered: Map<string, VideoFrame>
  beforeAll(async () => {
    rendered = await renderInChromium(FILTERS, toRgb(CHART))
  }, 60_000)

  it.each(FILTERS)('%s', (css) => {
    const expected = rendered.get(css)
    if (expected === undefined) throw new Error('not rendered')
    const filtered = createFrameFilter(parseFilterList(css, '--filter'))(CHART)
    expect(psnrOfRgb(toRgb(filtered), toRgb(expected))).toBeGreaterThanOrEqual(MIN_PSNR)
  })
})

/** What Chromium makes of the picture with each CSS filter, on black, as the I420 picture that a call can carry. */
async function renderInChromium(
  filters: readonly string[],
  { width, height, data }: RgbPicture,
): Promise<Map<string, VideoFrame>> {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    const pixels = Buffer.from(data).toString('base64')
    const rendered = await page.evaluate(
      ([list, picture, columns, rows]) => {
        const bytes = Uint8ClampedArray.from(atob(picture), (letter) => letter.codePointAt(0) ?? 0)
        const source = new OffscreenCanvas(columns, rows)
        source.getContext('2d')?.putImageData(new ImageData(bytes, columns), 0, 0)
        return list.map((filter) => {
          const context = new OffscreenCanvas(columns, rows).getContext('2d')
          if (!context) throw new Error('no canvas')
          context.fillRect(0, 0, columns, rows)
          context.filter = filter
          context.drawImage(source, 0, 0)
          const result = context.getImageData(0, 0, columns, rows).data
          return btoa(Array.from(result, (byte) => String.fromCodePoint(byte)).join(''))
        })
      },
      [filters, pixels, width, height] as const,
    )
    const frames = rendered.map((base64) =>
      toI420({ width, height, data: Uint8ClampedArray.from(Buffer.from(base64, 'base64')) }),
    )
    return new Map(frames.map((frame, index) => [filters[index] ?? '', frame]))
  } finally {
    await browser.close()
  }
}

import { describe, expect, it } from 'vitest'
import { createBarcodeStage } from '../../../src/media/barcode/draw-barcode.js'
import { createBars } from '../../../src/media/bars.js'
import { createFrameFilter } from '../../../src/media/filter/frame-filter.js'
import { parseFilterList } from '../../../src/media/filter/parse-filter.js'
import { fitFrame } from '../../../src/media/fit-frame.js'
import type { VideoFrame } from '../../../src/media/ports.js'
import type { AnnouncedVideo } from '../../../src/media/quality/reference.js'
import { shrinkFrame } from '../../../src/media/quality/shrink-frame.js'
import { createVideoQualityMeter } from '../../../src/media/quality/video-quality.js'

const BARS: AnnouncedVideo = { source: 'bars', filter: '', width: 320, height: 240, frameRate: 30 }

interface Sending {
  announced?: AnnouncedVideo | null
  filter?: string
  /** What becomes of the picture on the way; undefined loses it. */
  onWay?: (frame: VideoFrame, id: number) => VideoFrame | undefined
  latencyMs?: number
  offsetMs?: number | null
}

/** Two seconds of bars at 30 frames per second, as sent and as received. */
function receive({ announced = BARS, filter = '', onWay, latencyMs = 50, offsetMs = 4_000 }: Sending) {
  let nowMs = 10_000
  const bars = createBars(BARS)
  const filtered = createFrameFilter(filter === '' ? [] : parseFilterList(filter, '--filter'))
  const stage = createBarcodeStage({ now: () => nowMs + 4_000 })
  const meter = createVideoQualityMeter({ announced: () => announced, clockOffsetMs: () => offsetMs })
  for (let id = 0; id < 60; id++) {
    nowMs = 10_000 + (id * 1000) / 30
    const sent = stage(filtered(bars.draw(id + 5)), { index: id + 5, sequence: id })
    const arrived = onWay ? onWay(sent, id) : sent
    if (arrived) meter.add(arrived, Math.round(nowMs) + latencyMs)
  }
  return meter.measure(nowMs + latencyMs)
}

describe('the quality of a received track', () => {
  it('is whole where everything arrives as it was sent', () => {
    expect(receive({})).toEqual({
      framesReceived: 60,
      framesLost: 0,
      framesDuplicated: 0,
      framesUnreadable: 0,
      framesCompared: 2,
      freezes: 0,
      freezeMs: 0,
      stillMs: 0,
      blackMs: 0,
      latencyMs: { p50: 50, p95: 50, max: 50 },
      psnr: 100,
      ssim: 1,
    })
  })

  it('compares with what was sent, filters included', () => {
    const filter = 'grayscale(1) blur(2px)'
    expect(receive({ filter, announced: { ...BARS, filter } }).psnr).toBe(100)
    expect(receive({ filter }).psnr).toBeLessThan(35)
  })

  it('names what was lost, came twice or cannot be read', () => {
    const quality = receive({
      onWay: (frame, id) => {
        if (id === 10 || id === 11) return undefined
        return id === 20 ? { ...frame, data: frame.data.map((value) => value >> 6) } : frame
      },
    })
    expect(quality).toMatchObject({ framesReceived: 58, framesLost: 3, framesUnreadable: 1 })
  })

  it('compares what was sent smaller with what was drawn, shrunk', () => {
    const shrink = (frame: VideoFrame) => shrinkFrame(frame, { width: 160, height: 120 })
    expect(receive({ onWay: shrink })).toMatchObject({ psnr: 100, framesCompared: 2, framesLost: 0 })
    const enlarge = (frame: VideoFrame) => fitFrame(frame, { width: 640, height: 480 })
    expect(receive({ onWay: enlarge })).toMatchObject({ psnr: null, framesLost: 0 })
  })

  it.each<[string, AnnouncedVideo | null]>([
    ['says nothing', null],
    ['sends a file', { ...BARS, source: '/etc/passwd' }],
    ['knows a source that we do not', { ...BARS, source: 'fractal' }],
    ['knows a filter that we do not', { ...BARS, filter: 'sharpen(1)' }],
  ])('has no likeness where the peer %s, and all the rest', (_who, announced) => {
    expect(receive({ announced })).toMatchObject({ psnr: null, ssim: null, framesCompared: 0, framesLost: 0 })
  })

  it('has no latency where the clock of the peer is not known', () => {
    expect(receive({ offsetMs: null }).latencyMs).toBeNull()
  })

  it('has nothing of the barcode where there is none', () => {
    const plain = createBars(BARS)
    expect(receive({ onWay: (_frame, id) => plain.draw(id) })).toMatchObject({
      framesReceived: 60,
      framesLost: null,
      framesDuplicated: null,
      framesUnreadable: null,
      latencyMs: null,
      psnr: null,
      freezes: 0,
      blackMs: 0,
    })
  })
})

// What filtering, the barcode and measuring the picture cost: node test/bench/filter-cost.mjs [--frames 150]
// One JSON object a line: milliseconds of one core for a frame, and the share of the core at 30 frames per second.
import { parseArgs } from 'node:util'
import { loadSource } from './load-source.mjs'
import { median } from './median.mjs'

const { values } = parseArgs({ options: { frames: { type: 'string', default: '150' } } })
const frames = Number(values.frames)

const SIZES = [
  { width: 640, height: 480 },
  { width: 1280, height: 720 },
]
const FILTERS = [
  'grayscale(1)',
  'sepia(1)',
  'saturate(200%)',
  'hue-rotate(90deg)',
  'invert(1)',
  'opacity(50%)',
  'brightness(150%)',
  'contrast(150%)',
  'grayscale(50%) invert(1) opacity(80%)',
  'brightness(150%) contrast(80%) hue-rotate(90deg) saturate(150%)',
  'blur(2px)',
  'blur(10px)',
  'opacity(50%) drop-shadow(10px 10px 5px red)',
]

const {
  createBarcodeStage,
  createBars,
  createFrameFilter,
  createVideoQualityMeter,
  parseFilterList,
  readBarcode,
} = await loadSource(
  'media/barcode/draw-barcode.ts',
  'media/barcode/read-barcode.ts',
  'media/bars.ts',
  'media/quality/video-quality.ts',
  'media/filter/frame-filter.ts',
  'media/filter/parse-filter.ts',
)

for (const { width, height } of SIZES) {
  const bars = createBars({ width, height, frameRate: 30 })
  for (const css of FILTERS) {
    const filter = createFrameFilter(parseFilterList(css, '--filter'))
    const frame = bars.draw(0)
    report(css, width, height, () => filter(frame))
  }
  const mark = createBarcodeStage()
  const marked = bars.draw(0)
  report('barcode drawn', width, height, (index) => mark(marked, { index, sequence: index }))
  report('barcode read', width, height, () => readBarcode(marked))
  const announced = { source: 'bars', filter: '', width, height, frameRate: 30 }
  const measure = (isCompared) => {
    const options = { announced: () => announced, clockOffsetMs: () => 0 }
    const meter = createVideoQualityMeter(options)
    return (index) => meter.add(marked, isCompared ? index * 2_000 : 0)
  }
  report('quality of a frame', width, height, measure(false))
  report('quality of a frame that is compared (one a second)', width, height, measure(true))
}

function report(what, width, height, run) {
  const times = []
  for (let index = 0; index < frames; index++) {
    const { user } = process.cpuUsage()
    run(index)
    times.push((process.cpuUsage().user - user) / 1000)
  }
  const ms = median(times.slice(Math.floor(frames / 3)))
  const rounded = Math.round(ms * 100) / 100
  console.log(
    JSON.stringify({ what, width, height, msPerFrame: rounded, coreShareAt30: round3((ms * 30) / 1000) }),
  )
}

function round3(value) {
  return Math.round(value * 1000) / 1000
}

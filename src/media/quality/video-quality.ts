import { readBarcode } from '../barcode/read-barcode.js'
import type { FrameMark } from '../barcode/mark.js'
import { createTally } from '../../figures/aggregate.js'
import type { VideoFrame } from '../ports.js'
import { createFrameLedger } from './frame-ledger.js'
import { createFreezeMeter } from './freeze-meter.js'
import { createLatencyMeter, type Latency } from './latency-meter.js'
import { psnrOf, ssimOf } from './likeness.js'
import { createReference, type AnnouncedVideo, type DrawReference } from './reference.js'
import { shrinkFrame } from './shrink-frame.js'
import { createStillnessMeter } from './stillness-meter.js'

/** What came of the pictures of a track. Null is what nobody could measure; it is never shown as 0. */
export interface VideoQuality {
  /** All pictures that arrived. */
  framesReceived: number
  /** By the numbers in their barcodes, from the first to the last one that arrived; null without barcodes. */
  framesLost: number | null
  framesDuplicated: number | null
  /** Pictures whose barcode could not be read; they count as lost too. */
  framesUnreadable: number | null
  /** Pictures that were compared with what was sent. */
  framesCompared: number
  freezes: number
  freezeMs: number
  stillMs: number
  blackMs: number
  latencyMs: Latency | null
  /** dB of the luma, the mean of the pictures compared, each at most 100. */
  psnr: number | null
  /** At most 1; the mean of the pictures compared. */
  ssim: number | null
}

export interface VideoQualityMeter {
  /** Takes a picture as it arrived; resolves nothing, waits for nothing, keeps nothing of it. */
  add(frame: VideoFrame, arrivalMs: number): FrameMark | undefined
  measure(nowMs: number): VideoQuality
}

export interface VideoQualityOptions {
  /** What the peer says that it sends, by now. */
  announced: () => AnnouncedVideo | null
  /** The sender's clock minus ours, in milliseconds; null while nobody knows. */
  clockOffsetMs: () => number | null
}

/** Comparing costs as much as drawing, some milliseconds; one picture a second shows what there is to see. */
const COMPARE_INTERVAL_MS = 1_000

/** One noise picture in 65536 looks like a barcode; two, and one in ten of all, are meant. */
const MIN_MARKED = 2
const MIN_MARKED_SHARE = 0.1

/** Measures a received video track: by its barcodes where it has them, by the pictures themselves where not. */
export function createVideoQualityMeter(options: VideoQualityOptions): VideoQualityMeter {
  const ledger = createFrameLedger()
  const freezes = createFreezeMeter()
  const latency = createLatencyMeter()
  const stillness = createStillnessMeter()
  const comparer = createComparer(options)
  let received = 0
  let marked = 0
  let nextCompareMs = -Infinity

  return {
    add(frame, arrivalMs) {
      received++
      freezes.add(arrivalMs)
      stillness.add(frame, arrivalMs)
      const mark = readBarcode(frame)
      if (mark === undefined) return undefined
      marked++
      ledger.add(mark.id)
      latency.add(mark.sentMs, arrivalMs)
      // A muted track is black, whatever its source would show.
      if (arrivalMs >= nextCompareMs && !stillness.isBlack) {
        nextCompareMs = arrivalMs + COMPARE_INTERVAL_MS
        comparer.compare(frame, mark, arrivalMs)
      }
      return mark
    },
    measure(nowMs) {
      const isMarked = marked >= MIN_MARKED && marked >= received * MIN_MARKED_SHARE
      const offsetMs = options.clockOffsetMs()
      const { lost, duplicated } = ledger.count()
      return {
        framesReceived: received,
        framesLost: isMarked ? lost : null,
        framesDuplicated: isMarked ? duplicated : null,
        framesUnreadable: isMarked ? received - marked : null,
        ...comparer.measure(),
        ...roundedFreezes(freezes.count(nowMs)),
        ...stillness.measure(),
        latencyMs: isMarked && offsetMs !== null ? latency.measure(offsetMs) : null,
      }
    },
  }
}

/** What was sent before another source was announced is on its way for so long, in milliseconds, at the most. */
const SETTLING_MS = 1_000

/** Holds a picture that arrived against the one that was sent. */
function createComparer({ announced }: VideoQualityOptions) {
  const psnr = createTally('mean')
  const ssim = createTally('mean')
  let known: AnnouncedVideo | null = null
  let draw: DrawReference | undefined
  let compared = 0
  let fromMs = -Infinity
  return {
    compare(frame: VideoFrame, mark: FrameMark, arrivalMs: number) {
      const now = announced()
      if (now !== known) {
        draw = now ? createReference(now) : undefined
        if (known) fromMs = arrivalMs + SETTLING_MS
      }
      known = now
      if (arrivalMs < fromMs) return
      const drawn = draw?.(mark)
      // Never enlarged: what would be compared is the interpolation.
      if (drawn === undefined || drawn.width < frame.width || drawn.height < frame.height) return
      const sent = shrinkFrame(drawn, frame)
      psnr.add(psnrOf(sent, frame))
      ssim.add(ssimOf(sent, frame))
      compared++
    },
    measure: () => ({
      framesCompared: compared,
      psnr: rounded(psnr.value, 2),
      ssim: rounded(ssim.value, 4),
    }),
  }
}

function roundedFreezes({ freezes, freezeMs }: { freezes: number; freezeMs: number }) {
  return { freezes, freezeMs: Math.round(freezeMs) }
}

function rounded(value: number | string | null, digits: number): number | null {
  return typeof value === 'number' ? Number(value.toFixed(digits)) : null
}

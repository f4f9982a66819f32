import { pace, type PaceClock } from '../../async/pace.js'
import { PeerError } from '../../errors.js'
import type { EncodingParameters, RawStats } from '../../session/ports.js'
import { findSelectedPair } from '../../stats/candidate-pair.js'
import { bitsPerSecond, increase, meanOf } from '../../stats/deltas.js'
import { readNumber, readString } from '../../stats/read-field.js'
import { indexStats, type StatsIndex } from '../../stats/stats-index.js'
import type { VideoSize } from '../video-size.js'
import { createAdaptation, type Adaptation } from './adaptation.js'
import { degradationSteps, type DegradationPreference, type DegradationStep } from './degradation-steps.js'
import { limitationOf, type SendingSample } from './sending-load.js'

/** What is adapted: a `TrackSending` of a video feed, or what is like one. */
export interface AdaptableVideo {
  readonly feed: {
    readonly source: { readonly size: VideoSize }
    readonly counters: { readonly written: number }
    set maxPerSecond(maxPerSecond: number | undefined)
  }
  readonly parameters: EncodingParameters
  setParameters(change: EncodingParameters): Promise<void>
  getStats(): Promise<RawStats[]>
}

/** How pictures are sent from now on. */
export interface AdaptedVideo extends VideoSize {
  /** What limits them (W3C RTCQualityLimitationReason); `none` where they are as the source has them. */
  qualityLimitationReason: 'none' | 'bandwidth' | 'cpu'
  /** Bits per second that may be sent: the smaller of the bound that was set and what the path is thought to carry. */
  availableBitrate: number | null
}

export interface AdaptVideoOptions {
  preference: DegradationPreference
  onAdapted: (video: AdaptedVideo) => void
  clock?: PaceClock
  signal: AbortSignal
}

const INTERVAL_MS = 500

/**
 * Keeps the size and the rate of the pictures at what can be encoded and carried, until the signal aborts or the
 * connection is closed. libwebrtc would ask a camera to give less; a source of ours hears nothing of it.
 */
export async function adaptVideo(sending: AdaptableVideo, options: AdaptVideoOptions): Promise<void> {
  const { clock, signal } = options
  const adapter = new VideoAdapter(sending, options)
  const closed = new AbortController()
  const onTick = async () => {
    try {
      await adapter.adapt((clock ?? performance).now())
    } catch (error) {
      if (!(error instanceof PeerError && error.code === 'PEER_LOST')) throw error
      closed.abort()
    }
  }
  await pace({
    intervalMs: INTERVAL_MS,
    maxCatchUp: 0,
    onTick,
    clock,
    signal: AbortSignal.any([signal, closed.signal]),
  })
}

class VideoAdapter {
  readonly #sending: AdaptableVideo
  readonly #options: AdaptVideoOptions
  /** What the user asked for; every step lowers it further. */
  readonly #scaleDownBy: number
  #size: VideoSize | undefined
  #steps: DegradationStep[] = []
  #adaptation: Adaptation = createAdaptation([])
  #before: { index: StatsIndex; written: number } | undefined

  constructor(sending: AdaptableVideo, options: AdaptVideoOptions) {
    this.#sending = sending
    this.#options = options
    this.#scaleDownBy = sending.parameters.scaleResolutionDownBy ?? 1
  }

  async adapt(nowMs: number): Promise<void> {
    const sample = this.#sample(await this.#sending.getStats(), nowMs)
    if (this.#size !== this.#sending.feed.source.size) await this.#startOver()
    else if (sample && this.#adaptation.add(sample)) await this.#apply(sample)
  }

  /** For another source the old steps mean nothing. */
  async #startOver(): Promise<void> {
    const isFirst = this.#size === undefined
    const { width, height, frameRate } = (this.#size = this.#sending.feed.source.size)
    const sent = { width: width / this.#scaleDownBy, height: height / this.#scaleDownBy, frameRate }
    this.#steps = degradationSteps(this.#options.preference, sent)
    const wasLowered = this.#adaptation.index > 0
    this.#adaptation = createAdaptation(this.#steps)
    if (!isFirst && wasLowered) await this.#apply()
  }

  async #apply(sample?: SendingSample): Promise<void> {
    const { index } = this.#adaptation
    const step = this.#steps[index]
    const size = this.#size
    if (step === undefined || size === undefined) return
    const scale = this.#scaleDownBy * step.scaleResolutionDownBy
    this.#sending.feed.maxPerSecond = index === 0 ? undefined : step.maxFrameRate
    await this.#sending.setParameters({ scaleResolutionDownBy: scale })
    this.#options.onAdapted({
      width: Math.round(size.width / scale),
      height: Math.round(size.height / scale),
      frameRate: step.maxFrameRate,
      qualityLimitationReason: index === 0 || sample === undefined ? 'none' : limitationOf(sample),
      availableBitrate: sample?.availableBitrate ?? null,
    })
  }

  /** What was sent since the sample before; undefined where there was none. */
  #sample(report: readonly RawStats[], atMs: number): SendingSample | undefined {
    const index = indexStats(report)
    const { written } = this.#sending.feed.counters
    const before = this.#before
    this.#before = { index, written }
    const [stream] = index.ofType('outbound-rtp')
    const streamBefore = before?.index.byId(stream?.id ?? null)
    if (before === undefined || stream === undefined || streamBefore === undefined) return undefined
    return {
      atMs,
      framesFed: written - before.written,
      framesEncoded: increase(stream, streamBefore, 'framesEncoded') ?? 0,
      qp: meanOf(stream, streamBefore, { sum: 'qpSum', count: 'framesEncoded' }),
      codec: codecOf(stream, index),
      bitrate: bitsPerSecond(stream, streamBefore, 'bytesSent'),
      availableBitrate: this.#availableBitrate(index),
    }
  }

  #availableBitrate(index: StatsIndex): number | null {
    const path = readNumber(findSelectedPair(index), 'availableOutgoingBitrate')
    const { maxBitrate } = this.#sending.parameters
    if (path === null || maxBitrate === undefined) return path ?? maxBitrate ?? null
    return Math.min(path, maxBitrate)
  }
}

function codecOf(stream: RawStats, index: StatsIndex): string | null {
  const mimeType = readString(index.byId(readString(stream, 'codecId')), 'mimeType')
  return mimeType?.replace(/^video\//, '') ?? null
}

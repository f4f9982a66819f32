import { describe, expect, it } from 'vitest'
import { PeerError } from '../../../src/errors.js'
import { adaptVideo, type AdaptedVideo } from '../../../src/media/adaptation/adapt-video.js'
import type { EncodingParameters, RawStats } from '../../../src/session/ports.js'
import { createFakeClock } from '../../support/fake-clock.js'

const INTERVAL_MS = 500

interface Scene {
  /** What the encoder makes of the 15 pictures of half a second, and how coarse. */
  encoded: number
  qp: number
  maxBitrate?: number
}

/** Sends half a second for each scene, and ends after the last. */
async function adaptThrough(
  scenes: readonly Scene[],
  { parameters = {}, switchAt = Infinity }: { parameters?: EncodingParameters; switchAt?: number } = {},
) {
  const stop = new AbortController()
  const adapted: AdaptedVideo[] = []
  const rates: (number | undefined)[] = []
  let current = parameters
  let at = 0
  const total = { written: 0, framesEncoded: 0, qpSum: 0, bytesSent: 0 }
  const sizes = [
    { width: 1280, height: 720, frameRate: 30 },
    { width: 640, height: 480, frameRate: 30 },
  ] as const
  const sending = {
    feed: {
      get source() {
        return { size: sizes[at > switchAt ? 1 : 0] }
      },
      get counters() {
        return { written: total.written }
      },
      set maxPerSecond(rate: number | undefined) {
        rates.push(rate)
      },
    },
    get parameters() {
      return { ...current, maxBitrate: scenes[at - 1]?.maxBitrate }
    },
    async setParameters(change: EncodingParameters) {
      current = { ...current, ...change }
    },
    async getStats(): Promise<RawStats[]> {
      const scene = scenes[at++]
      if (scene === undefined) {
        stop.abort()
        throw new PeerError('PEER_LOST', 'over')
      }
      total.written += 15
      total.framesEncoded += scene.encoded
      total.qpSum += scene.encoded * scene.qp
      total.bytesSent += 20_000
      const timestamp = at * INTERVAL_MS
      return [
        { id: 'out', type: 'outbound-rtp', kind: 'video', timestamp, codecId: 'codec', ...total },
        { id: 'codec', type: 'codec', timestamp, mimeType: 'video/VP8' },
        { id: 'pair', type: 'candidate-pair', timestamp, availableOutgoingBitrate: 3e6 },
        { id: 'transport', type: 'transport', timestamp, selectedCandidatePairId: 'pair' },
      ]
    },
  }
  await adaptVideo(sending, {
    preference: 'balanced',
    onAdapted: (video) => adapted.push(video),
    clock: createFakeClock(),
    signal: stop.signal,
  })
  return { adapted, rates, parameters: current }
}

const fine = (count: number): Scene[] => Array.from({ length: count }, () => ({ encoded: 15, qp: 20 }))
const tight = (count: number): Scene[] =>
  Array.from({ length: count }, () => ({ encoded: 2, qp: 106, maxBitrate: 300_000 }))

describe('adapting a video', () => {
  it('does nothing where all is well', async () => {
    expect(await adaptThrough(fine(40))).toEqual({ adapted: [], rates: [], parameters: {} })
  })

  it('lowers size and rate, says why, and takes both back', async () => {
    const { adapted, rates, parameters } = await adaptThrough([...fine(8), ...tight(2), ...fine(60)])
    expect(adapted[0]).toEqual({
      width: 640,
      height: 360,
      frameRate: 15,
      qualityLimitationReason: 'bandwidth',
      availableBitrate: 300_000,
    })
    expect(adapted.at(-1)).toEqual({
      width: 1280,
      height: 720,
      frameRate: 30,
      qualityLimitationReason: 'none',
      availableBitrate: 3_000_000,
    })
    expect([rates[0], rates.at(-1)]).toEqual([15, undefined])
    expect(parameters).toEqual({ scaleResolutionDownBy: 1 })
  })

  it('lowers what was scaled down already, and never above it', async () => {
    const options = { parameters: { scaleResolutionDownBy: 2 } }
    const lowered = await adaptThrough([...fine(8), ...tight(2)], options)
    expect(lowered.parameters).toEqual({ scaleResolutionDownBy: 4 })
    const raised = await adaptThrough([...fine(8), ...tight(2), ...fine(60)], options)
    expect(raised.parameters).toEqual({ scaleResolutionDownBy: 2 })
    expect(raised.adapted.at(-1)).toMatchObject({ width: 640, height: 360 })
  })

  it('sends another source as it is first', async () => {
    const { adapted, rates, parameters } = await adaptThrough([...fine(8), ...tight(2), ...fine(2)], {
      switchAt: 11,
    })
    expect(adapted.at(-1)).toMatchObject({ width: 640, height: 480, qualityLimitationReason: 'none' })
    expect(rates.at(-1)).toBeUndefined()
    expect(parameters).toEqual({ scaleResolutionDownBy: 1 })
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAdaptation, REVERSAL_MS } from '../../../src/media/adaptation/adaptation.js'
import {
  DEGRADATION_PREFERENCES,
  degradationSteps,
  type DegradationStep,
} from '../../../src/media/adaptation/degradation-steps.js'
import type { SendingSample } from '../../../src/media/adaptation/sending-load.js'

const SIZE = { width: 1280, height: 720, frameRate: 30 }
const BALANCED = degradationSteps('balanced', SIZE)
const INTERVAL_MS = 500

/** Bits per second that moving pictures of 1280x720 and 30 fps need at the coarsest quantiser of VP8, as measured. */
const NEED = 1_000_000

/** What an encoder like VP8 makes of a step: too few bits make it coarse first, and then leave frames out. */
function encode({ cost, maxFrameRate }: DegradationStep, availableBitrate: number) {
  const supply = availableBitrate / (NEED * cost)
  return {
    framesFed: (maxFrameRate * INTERVAL_MS) / 1000,
    framesEncoded: (Math.min(1, supply) * maxFrameRate * INTERVAL_MS) / 1000,
    qp: Math.max(2, Math.min(106, 106 / supply)),
    codec: 'VP8',
    bitrate: Math.min(availableBitrate, 2_500_000),
    availableBitrate,
  }
}

/** Runs the search against the encoder; what may be sent follows from the time. Gives the index after each sample. */
function simulate(
  steps: readonly DegradationStep[],
  durationMs: number,
  availableAt: (ms: number) => number,
) {
  const adaptation = createAdaptation(steps)
  const history: { atMs: number; index: number; fps: number }[] = []
  for (let atMs = 0; atMs <= durationMs; atMs += INTERVAL_MS) {
    const step = steps[adaptation.index]
    if (step === undefined) throw new RangeError('out of bounds')
    const sent = encode(step, availableAt(atMs))
    adaptation.add({ atMs, ...sent })
    history.push({ atMs, index: adaptation.index, fps: (sent.framesEncoded * 1000) / INTERVAL_MS })
  }
  return history
}

function changes(history: readonly { atMs: number; index: number }[]) {
  return history.flatMap(({ atMs, index }, at) => {
    const before = history[at - 1]?.index ?? 0
    return index === before ? [] : [{ atMs, by: index - before }]
  })
}

describe('the adaptation of what is sent', () => {
  it('keeps at least 12 frames a second at 300 kbit/s, and is back at full size 10 s after there is more', () => {
    const history = simulate(BALANCED, 60_000, (ms) => (ms >= 10_000 && ms < 30_000 ? 300_000 : 3_000_000))
    const low = history.filter(({ atMs }) => atMs > 14_000 && atMs < 30_000)
    expect(Math.min(...low.map(({ fps }) => fps))).toBeGreaterThanOrEqual(12)
    expect(history.find(({ atMs }) => atMs === 10_000)?.index).toBe(0)
    expect(history.filter(({ atMs }) => atMs >= 40_000).every(({ index }) => index === 0)).toBe(true)
  })

  it.each(DEGRADATION_PREFERENCES)('settles where nothing changes: %s', (preference) => {
    for (let available = 20_000; available < 4_000_000; available *= 1.3) {
      const history = simulate(degradationSteps(preference, SIZE), 600_000, () => available)
      // A step that is too much is tried again after 8, 16, 32 and then every 64 s: up and down.
      const late = changes(history.filter(({ atMs }) => atMs > 120_000))
      expect(late.length).toBeLessThanOrEqual(2 * Math.ceil(480 / 64) + 1)
    }
  })

  it('says nothing of what is not sent', () => {
    const adaptation = createAdaptation(BALANCED)
    const idle = { framesFed: 0, framesEncoded: 0, qp: null, codec: null, bitrate: 0, availableBitrate: 1 }
    for (let atMs = 0; atMs < 20_000; atMs += INTERVAL_MS)
      expect(adaptation.add({ atMs, ...idle })).toBe(false)
  })

  it('leaves alone what has all the bits it wants, in whatever codec', () => {
    const adaptation = createAdaptation(BALANCED)
    const spare = {
      framesFed: 15,
      framesEncoded: 15,
      qp: null,
      codec: 'H999',
      bitrate: 1e5,
      availableBitrate: 3e6,
    }
    for (let atMs = 0; atMs < 20_000; atMs += INTERVAL_MS) adaptation.add({ atMs, ...spare })
    expect(adaptation.index).toBe(0)
  })

  it('stays within its steps and never turns more than once in four seconds, whatever happens', () => {
    const sample = fc.record({
      gapMs: fc.integer({ min: 1, max: 3_000 }),
      framesFed: fc.integer({ min: 0, max: 60 }),
      framesEncoded: fc.integer({ min: 0, max: 60 }),
      qp: fc.option(fc.double({ min: 0, max: 255, noNaN: true })),
      codec: fc.constantFrom('VP8', 'VP9', 'AV1', null),
      bitrate: fc.option(fc.integer({ min: 0, max: 1e7 })),
      availableBitrate: fc.option(fc.integer({ min: 0, max: 1e7 })),
    })
    const preferences = fc.constantFrom(...DEGRADATION_PREFERENCES)
    fc.assert(
      fc.property(preferences, fc.array(sample, { minLength: 50, maxLength: 300 }), (preference, samples) => {
        const steps = degradationSteps(preference, SIZE)
        const adaptation = createAdaptation(steps)
        let atMs = 0
        const history = samples.map(({ gapMs, ...rest }): { atMs: number; index: number } => {
          atMs += gapMs
          const taken: SendingSample = { atMs, ...rest }
          adaptation.add(taken)
          expect(steps[adaptation.index]).toBeDefined()
          return { atMs, index: adaptation.index }
        })
        const ups = changes(history).filter(({ by }) => by < 0)
        const downs = changes(history).filter(({ by }) => by > 0)
        for (const up of ups) {
          const lastDown = downs.findLast((down) => down.atMs < up.atMs)
          expect(up.atMs - (lastDown?.atMs ?? -Infinity)).toBeGreaterThanOrEqual(REVERSAL_MS)
        }
      }),
    )
  })
})

describe('the steps of a degradation', () => {
  it.each(DEGRADATION_PREFERENCES)('begin with the source and cost less each: %s', (preference) => {
    const side = fc.integer({ min: 16, max: 4096 })
    const size = fc.record({
      width: side,
      height: side,
      frameRate: fc.double({ min: 1, max: 60, noNaN: true }),
    })
    fc.assert(
      fc.property(size, (given) => {
        const steps = degradationSteps(preference, given)
        expect(steps[0]).toEqual({ scaleResolutionDownBy: 1, maxFrameRate: given.frameRate, cost: 1 })
        expect(steps.map(({ cost }) => cost)).toEqual(
          [...new Set(steps.map(({ cost }) => cost))].toSorted((a, b) => b - a),
        )
        for (const step of steps) {
          expect(step.maxFrameRate).toBeGreaterThanOrEqual(1)
          expect(step.maxFrameRate).toBeLessThanOrEqual(given.frameRate)
        }
      }),
    )
  })

  it('lower what is not to be kept, and only that', () => {
    const of = (preference: (typeof DEGRADATION_PREFERENCES)[number]) =>
      degradationSteps(preference, { width: 640, height: 480, frameRate: 30 }).map(
        ({ scaleResolutionDownBy, maxFrameRate }) => `${scaleResolutionDownBy}/${maxFrameRate}`,
      )
    expect(of('balanced')).toEqual(['1/30', '1.5/30', '1.5/20', '2/20', '2/15', '3/15', '4/15'])
    expect(of('maintain-framerate')).toEqual(['1/30', '1.5/30', '2/30', '3/30', '4/30'])
    expect(of('maintain-resolution')).toEqual(['1/30', '1/20', '1/15', '1/10', '1/7.5', '1/5', '1/3', '1/2'])
    expect(of('maintain-framerate-and-resolution')).toEqual(['1/30'])
  })
})

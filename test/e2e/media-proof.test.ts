import { describe, expect, it } from 'vitest'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { startCli } from '../support/cli.js'
import { openSignalingServer } from '../support/signaling-server.js'

describe('the proof of what arrived', () => {
  it('is there with a barcode, says what is missing without one, and is held to --expect', async () => {
    await using server = await openSignalingServer()
    const place = [
      '--room',
      'x',
      '--signal',
      server.url,
      '--json',
      '--audio',
      'beep',
      '--video',
      'bars',
      '--width',
      '320',
    ]
    const filters = ['--filter', 'sepia(1)', '--filter', 'blur(1px)']
    const first = held('media.framesReceived > 0', 'media.psnr > 30')
    await using offerer = startCli(['offer', ...place, ...filters, ...first, '--duration', '3s'])
    const second = held('media.psnr > 30', 'media.ssim > 0.8', 'media.latency.p50 < 10s')
    await using answerer = startCli(['answer', ...place, ...second, '--no-barcode'])
    const [offered, answered] = await Promise.all([offerer.exit, answerer.exit])

    const marked = lastMedia(answered.events)
    expect(marked).toMatchObject({ framesDuplicated: 0, framesUnreadable: 0, blackMs: 0 })
    expect(marked?.framesCompared).toBeGreaterThan(0)
    // Two processes, two clocks: a picture cannot arrive before it was sent.
    expect(marked?.latencyMs?.p50).toBeGreaterThan(0)
    expect(marked?.skewMs).toEqual(expect.any(Number))
    expect(answered.code).toBe(0)

    const plain = lastMedia(offered.events)
    expect(plain).toMatchObject({ framesLost: null, framesDuplicated: null, latencyMs: null, psnr: null })
    expect(plain?.framesReceived).toBeGreaterThan(0)
    expect(expectations(offered.events)).toEqual([
      ['media.framesReceived > 0', true],
      ['media.psnr > 30', false],
    ])
    expect(offered.code).toBe(1)
  })
})

function lastMedia(events: readonly PeerEvent[]): PeerEventOf<'media'> | undefined {
  return events.findLast((event) => event.event === 'media')
}

function held(...expressions: readonly string[]): string[] {
  return expressions.flatMap((expression) => ['--expect', expression])
}

function expectations(events: readonly PeerEvent[]) {
  return events.flatMap((event) => (event.event === 'expect' ? [[event.expression, event.ok]] : []))
}

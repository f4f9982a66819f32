import { describe, expect, it } from 'vitest'
import type { PeerEvent } from '../../src/events.js'
import { startCli } from '../support/cli.js'
import { openSignalingServer } from '../support/signaling-server.js'

const expectations = (...expressions: string[]) => expressions.flatMap((text) => ['--expect', text])
const failed = (events: readonly PeerEvent[]) =>
  events.filter((event) => event.event === 'expect' && !event.ok)

/** Bits per second of the video that is sent, sample by sample. */
function videoBitrates(events: readonly PeerEvent[]): number[] {
  return events
    .flatMap((event) => (event.event === 'stats' ? event.summary.streams : []))
    .filter(({ direction, kind }) => direction === 'outbound' && kind === 'video')
    .flatMap(({ bitrate }) => bitrate ?? [])
}

/** Two processes, of which only the offerer sends. */
async function send(sending: readonly string[], receiving: readonly string[]) {
  await using server = await openSignalingServer()
  const place = ['--room', 'x', '--signal', server.url, '--json']
  await using offerer = startCli(['offer', ...place, ...sending, '--duration', '4s'])
  await using answerer = startCli(['answer', ...place, ...receiving])
  return await Promise.all([offerer.exit, answerer.exit])
}

describe('what is sent', () => {
  it.concurrent('is in the codecs and within the bitrate that were asked for', async () => {
    const [sent, received] = await send(
      ['--video', 'motion', '--audio', 'tone', '--video-codec', 'vp9', '--audio-codec', 'pcmu'].concat(
        [
          '--video-bitrate',
          '200k',
          '--max-frame-rate',
          '15',
          '--width',
          '1280',
          '--height',
          '720',
          '--stats',
        ],
        expectations('outbound.video.codec == VP9', 'outbound.audio.codec == PCMU'),
      ),
      expectations('inbound.video.codec == VP9', 'inbound.audio.codec == PCMU'),
    )
    expect([failed(sent.events), failed(received.events)]).toEqual([[], []])
    expect([sent.code, received.code]).toEqual([0, 0])
    const rates = videoBitrates(sent.events)
    expect(rates.length).toBeGreaterThan(0)
    // Twice the bound: an encoder goes beyond it for a moment, and without one this picture takes several times as much.
    expect(rates.at(-1)).toBeLessThan(400_000)
    expect(sent.events).toContainEqual(expect.objectContaining({ event: 'source', frameRate: 15 }))
  })

  it.concurrent('is one way and smaller where that was asked for', async () => {
    const [sent, received] = await send(
      ['--video', 'bars', '--direction', 'sendonly', '--scale-down-by', '2'],
      ['--video', 'bars', '--audio', 'tone', ...expectations('inbound.video.fps > 1')],
    )
    expect(failed(received.events)).toEqual([])
    expect([sent.code, received.code]).toEqual([0, 0])
    expect(received.events).toContainEqual(
      expect.objectContaining({ event: 'track', width: 320, height: 240 }),
    )
    // Audio that nobody asked for, and video that nobody takes, are not received.
    expect(sent.events.filter(({ event }) => event === 'track')).toEqual([])
  })

  it.concurrent('is nothing in a codec that there is not', async () => {
    await using cli = startCli(['stats', '--video-codec', 'h264', '--json'])
    const { code, events } = await cli.exit
    expect(code).toBe(78)
    expect(events).toContainEqual(
      expect.objectContaining({
        message: '--video-codec h264 cannot be sent here.',
        hint: expect.stringContaining('VP8'),
      }),
    )
  })
})

import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { startCli } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { probeMedia, toneOf } from '../support/media-file.js'
import { CLIP_FRAMES, CLIP_SECONDS, CLIP_TONE_HZ, mediaFile } from '../support/media-files.js'
import { openSignalingServer } from '../support/signaling-server.js'

/** The clip, and a while for the connection to find its rate. */
const CLIP_BLOCKS = CLIP_SECONDS * 100
const DURATION = `${CLIP_SECONDS + 1}s`

/** Sends to a second process for longer than a clip lasts. */
async function send(sources: readonly string[], receiving: readonly string[] = []) {
  await using server = await openSignalingServer()
  const place = ['--room', 'x', '--signal', server.url, '--json']
  await using offerer = startCli(['offer', ...place, ...sources, '--duration', DURATION])
  await using answerer = startCli(['answer', ...place, '--stats', '500ms', ...receiving])
  const [sent, received] = await Promise.all([offerer.exit, answerer.exit])
  expect([sent.code, received.code]).toEqual([0, 0])
  return { sent: sent.events, received: received.events }
}

function sourceEvent(
  events: readonly PeerEvent[],
  kind: string,
  state: string,
): PeerEventOf<'source'> | undefined {
  return events.find(
    (event): event is PeerEventOf<'source'> =>
      event.event === 'source' && event.kind === kind && event.state === state,
  )
}

function track(events: readonly PeerEvent[], kind: string): PeerEventOf<'track'> | undefined {
  return events.find((event): event is PeerEventOf<'track'> => event.event === 'track' && event.kind === kind)
}

/** Pictures or blocks that the source had, at its end. */
function itemsOf(events: readonly PeerEvent[], kind: string): number {
  const { written, dropped } = sourceEvent(events, kind, 'ended') ?? { written: 0, dropped: 0 }
  return written + dropped
}

/** Frames decoded by the end. */
function framesReceived(events: readonly PeerEvent[]): number {
  const rows = events.flatMap((event) => (event.event === 'stats' ? event.summary.streams : []))
  return Math.max(0, ...rows.filter(({ kind }) => kind === 'video').map(({ frames }) => frames ?? 0))
}

describe.skipIf(isMissing('ffmpeg'))('a file that is sent', () => {
  let directory = ''
  // Of all: tests that run at the same time own nothing alone.
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-test-'))
    return () => rm(directory, { recursive: true, force: true })
  })

  it.concurrent.each([
    ['film.mp4', 'film.mp4'],
    ['film.webm', 'film.webm'],
    ['film.mkv', 'film.mkv'],
    ['clip.y4m', 'song.wav'],
  ] as const)(
    'arrives whole in another process, which records it: %s and the sound of %s',
    async (video, audio) => {
      const [pictures, sound] = [join(directory, `${video}.y4m`), join(directory, `${video}.wav`)]
      const { sent, received } = await send(
        ['--video', mediaFile(video), '--audio', mediaFile(audio)],
        ['--record', pictures, '--record', sound],
      )
      expect(sourceEvent(sent, 'video', 'opened')).toMatchObject({ width: 320, height: 240, frameRate: 30 })
      expect(itemsOf(sent, 'video')).toBeGreaterThanOrEqual(CLIP_FRAMES * 0.98)
      expect(itemsOf(sent, 'video')).toBeLessThanOrEqual(CLIP_FRAMES * 1.02)
      expect(itemsOf(sent, 'audio')).toBeGreaterThanOrEqual(CLIP_BLOCKS * 0.98)
      expect(itemsOf(sent, 'audio')).toBeLessThanOrEqual(CLIP_BLOCKS * 1.02)
      const written = sourceEvent(sent, 'video', 'ended')?.written ?? Number.NaN
      expect(framesReceived(received)).toBeGreaterThan(written * 0.9)
      expect(track(received, 'video')).toMatchObject({ codec: 'VP8', width: 320, height: 240 })
      expect(track(received, 'audio')?.frequency).toBeCloseTo(CLIP_TONE_HZ, -1)
      const file = probeMedia(pictures)
      expect(file.video).toMatchObject({ width: 320, height: 240 })
      // Of a constant rate: as many pictures as the call was long, and no less than the film.
      expect(file.video?.packets).toBeGreaterThanOrEqual(written * 0.98)
      expect(toneOf(sound)).toBeCloseTo(CLIP_TONE_HZ, -1)
    },
  )

  // Alone: two decoders beside those of all the others are heard as gaps on a busy machine.
  it('needs ffmpeg where y4m and wav have other samples', async () => {
    const sources = ['--video', mediaFile('clip444.y4m'), '--audio', mediaFile('song24.wav')]
    const { received } = await send(['--loop', ...sources])
    expect(track(received, 'video')).toMatchObject({ width: 320, height: 240 })
    expect(track(received, 'audio')?.frequency).toBeCloseTo(CLIP_TONE_HZ, -1)
  })

  it.concurrent('comes through standard input, and the session ends with it', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const stdin = readFileSync(mediaFile('clip.y4m'))
    await using offerer = startCli(['offer', ...place, '--video', '-'], { stdin })
    await using answerer = startCli(['answer', ...place])
    const [sent, received] = await Promise.all([offerer.exit, answerer.exit])
    expect([sent.code, received.code]).toEqual([0, 0])
    expect(itemsOf(sent.events, 'video')).toBeGreaterThanOrEqual(CLIP_FRAMES * 0.98)
    expect(track(received.events, 'video')).toMatchObject({ width: 320, height: 240 })
  })

  it.concurrent('is an image that stays, with music beside it', async () => {
    const { sent, received } = await send([
      '--video',
      mediaFile('picture.png'),
      '--audio',
      mediaFile('song.mp3'),
    ])
    expect(sourceEvent(sent, 'video', 'opened')).toMatchObject({ width: 320, height: 240, frameRate: 30 })
    expect(sourceEvent(sent, 'video', 'ended')).toBeUndefined()
    expect(track(received, 'video')).toMatchObject({ width: 320, height: 240 })
    expect(track(received, 'audio')?.frequency).toBeCloseTo(CLIP_TONE_HZ, -1)
  })

  it.concurrent('is a filter graph, scaled and repeated as it is told', async () => {
    const wishes = ['--width', '160', '--frame-rate', '15', '--video-constraints', '{"height": {"max": 120}}']
    const sources = ['--video', 'lavfi:testsrc2=size=320x240:rate=25', '--audio', 'lavfi:sine=frequency=300']
    const { sent, received } = await send([...sources, ...wishes])
    expect(sourceEvent(sent, 'video', 'opened')).toMatchObject({ width: 160, height: 120, frameRate: 15 })
    expect(track(received, 'video')).toMatchObject({ width: 160, height: 120 })
    expect(track(received, 'audio')?.frequency).toBeCloseTo(300, -1)
  })
})

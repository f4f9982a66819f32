import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { jsonLineSchema, type PeerEventOf, type StreamStats } from '../../src/events.js'
import { whyNoChromium } from '../support/chromium.js'
import { openChromium, type Chromium } from '../support/chromium-peer.js'
import { startCli } from '../support/cli.js'
import { openSignalingServer } from '../support/signaling-server.js'

/** On the way, and until the process that gets it has the time for it. */
const REPORT_DELAY_MS = 500

/** Events, and with each sample when the stack took it, and when the peer's last report had come. */
const TIMED = ['--json', '--type', 'transport,remote-inbound-rtp']

type Direction = StreamStats['direction']
type Kind = StreamStats['kind']

/** Bytes of one stream since it began, at a time in ms since the epoch. */
interface Mark {
  atMs: number
  bytes: number
}

interface TimedSample {
  /** As the stack has it: Chromium's takes the time from the same clock. */
  atMs: number
  /** When the peer's last report of our video had come; NaN before the first. */
  reportedMs: number
  summary: PeerEventOf<'stats'>['summary']
}

/** What was known at `atMs` to be lost; a sender knows it since `reportedMs`. */
interface Loss {
  atMs: number
  reportedMs: number
  lossRatio: number
}

describe.skipIf(whyNoChromium() !== undefined)('our figures and those of Chromium, of one call', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await openChromium()
  }, 30_000)
  afterAll(() => chromium[Symbol.asyncDispose]())

  it('agree on bitrate within 5 % and round trip within 5 ms', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'agree', '--signal', server.url, '--impair', 'delay=20ms', ...TIMED]
    const media = { audio: true, video: { width: 320, height: 240 } }
    const peer = await chromium.join({ url: server.url, room: 'agree', media })
    await using cli = startCli(['offer', ...place, '--stats', '500ms', '--video', 'bars', '--audio', 'tone'])
    await peer.connected()
    await peer.evaluate(startRecording, 100)
    const isThere = ({ summary }: PeerEventOf<'stats'>) => summary.elapsedMs > 5_500
    await cli.waitForEvent((event) => event.event === 'stats' && isThere(event))
    const recorded = await peer.evaluate(() => window.recording, null)
    const samples = samplesOf(cli.stdout)
    await peer.leave()
    await cli.exit

    // The estimate of the bandwidth needs a moment at the start.
    const settled = whileRecorded(samples, recorded).filter(({ summary }) => summary.elapsedMs > 2_000)
    expect(sum(settled.map(({ summary }) => summary.intervalMs))).toBeGreaterThan(1_500)
    for (const [direction, kind] of [
      ['inbound', 'video'],
      ['outbound', 'video'],
      ['inbound', 'audio'],
      ['outbound', 'audio'],
    ] as const) {
      const ours = meanOf(settled, (summary) => streamOf(summary, direction, kind)?.bitrate)
      const theirs = bitrateOf(marksOf(recorded, direction, kind), settled)
      expect(Math.abs(ours / theirs - 1), `${direction} ${kind}: ${ours} and ${theirs}`).toBeLessThan(0.05)
    }
    // Each side pings by itself, and a busy machine answers late: the shortest round trip is that of the path.
    const ours = samples.flatMap(({ summary }) => summary.candidatePair?.currentRoundTripTime ?? [])
    const theirs = recorded.flatMap(({ roundTripMs }) => roundTripMs ?? [])
    const roundTripMs = Math.min(...ours) * 1000
    expect(Math.abs(roundTripMs - Math.min(...theirs)), `round trip: ${roundTripMs}`).toBeLessThan(5)
    expect(roundTripMs).toBeGreaterThanOrEqual(39)
  }, 40_000)

  it('agree on the loss of a path that loses 5 % within 0.5 points', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'lossy', '--signal', server.url, '--impair', 'delay=20ms,loss=5%', ...TIMED]
    const media = { video: { width: 320, height: 240 } }
    const peer = await chromium.join({ url: server.url, room: 'lossy', media })
    await using cli = startCli(['offer', ...place, '--stats', '100ms', '--video', 'noise', '--width', '320'])
    await peer.connected()
    await peer.evaluate(startRecording, 100)
    const isThere = ({ summary }: PeerEventOf<'stats'>) => summary.elapsedMs > 6_500
    await cli.waitForEvent((event) => event.event === 'stats' && isThere(event))
    const recorded = await peer.evaluate(() => window.recording, null)
    const samples = samplesOf(cli.stdout)
    await peer.leave()
    await cli.exit

    for (const direction of ['inbound', 'outbound'] as const) {
      const ours = samples.flatMap(({ atMs, reportedMs, summary }): Loss[] => {
        const lossRatio = streamOf(summary, direction, 'video')?.totalLossRatio ?? null
        return lossRatio === null ? [] : [{ atMs, reportedMs, lossRatio }]
      })
      const theirs = lossesOf(recorded, direction, 'video')
      const [sender, receiver] = direction === 'inbound' ? [theirs, ours] : [ours, theirs]
      // A sender knows what its receiver last reported.
      const { reportedMs = Number.NaN, lossRatio: known = Number.NaN } = sender.at(-1) ?? {}
      const then = receiver
        .filter(({ atMs }) => atMs > reportedMs - REPORT_DELAY_MS && atMs <= reportedMs)
        .map(({ lossRatio }) => lossRatio)
      const off = Math.min(...then.map((lossRatio) => Math.abs(lossRatio - known)))
      expect(off, `${direction}: ${known} of ${then.join(' ')}`).toBeLessThan(0.005)
      expect(known).toBeGreaterThan(0.01)
    }
  }, 40_000)
})

interface PageStream {
  direction: string
  kind: string
  bytes: number
  lost: number
  /** Numbered packets: sent, or received and lost. */
  packets: number
  /** When `lost` was so: the receiver's report of it where this is the sender. */
  reportedMs: number
}

/** One getStats() of the page. */
interface PageSample {
  atMs: number
  roundTripMs: number | null
  streams: PageStream[]
}

declare global {
  interface Window {
    recording: PageSample[]
  }
}

/** Runs in the page, from then on at this interval. */
function startRecording(intervalMs: number): void {
  const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
  const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0)
  const take = async () => {
    const all: Record<string, unknown>[] = []
    ;(await window.peer.pc.getStats()).forEach((stats: Record<string, unknown>) => all.push(stats))
    const transport = all.find(({ type }) => type === 'transport')
    const pair = all.find(({ id }) => id === transport?.['selectedCandidatePairId'])
    const seconds = pair?.['currentRoundTripTime']
    const streams = all
      .filter(({ type }) => type === 'inbound-rtp' || type === 'outbound-rtp')
      .map((stats) => {
        const isInbound = stats['type'] === 'inbound-rtp'
        const remote = all.find(({ id }) => id === stats['remoteId'])
        const lost = numberOf(isInbound ? stats['packetsLost'] : remote?.['packetsLost'])
        const reportedMs = numberOf((isInbound ? stats : remote)?.['timestamp'])
        return {
          direction: isInbound ? 'inbound' : 'outbound',
          kind: textOf(stats['kind']),
          bytes: numberOf(isInbound ? stats['bytesReceived'] : stats['bytesSent']),
          lost,
          packets: isInbound
            ? numberOf(stats['packetsReceived']) + lost
            : numberOf(stats['packetsSent']) - numberOf(stats['retransmittedPacketsSent']),
          reportedMs,
        }
      })
    const roundTripMs = typeof seconds === 'number' ? seconds * 1000 : null
    window.recording.push({ atMs: numberOf(transport?.['timestamp']), roundTripMs, streams })
  }
  window.recording = []
  setInterval(() => void take(), intervalMs)
}

/** The samples, at the times the stack took them: they are printed later, and much later on a busy machine. */
function samplesOf(stdout: string): TimedSample[] {
  const lines = stdout.split('\n').slice(0, -1)
  return lines
    .map((line) => v.parse(jsonLineSchema, JSON.parse(line)))
    .flatMap((event) => {
      if (event.event !== 'stats') return []
      const timeOf = (wanted: string, kind?: Kind) => {
        const found = event.report?.find((stats) => stats['type'] === wanted && stats['kind'] === kind)
        return Number(found?.['timestamp'])
      }
      const reportedMs = timeOf('remote-inbound-rtp', 'video')
      return [{ atMs: timeOf('transport'), reportedMs, summary: event.summary }]
    })
}

/** Samples of which the page has seen the whole interval: on a busy machine it begins late, and is read early. */
function whileRecorded(samples: readonly TimedSample[], recorded: readonly PageSample[]): TimedSample[] {
  const fromMs = recorded.at(0)?.atMs ?? Number.NaN
  const toMs = recorded.at(-1)?.atMs ?? Number.NaN
  return samples.filter(({ atMs, summary }) => atMs - summary.intervalMs >= fromMs && atMs <= toMs)
}

function streamOf(summary: TimedSample['summary'] | undefined, direction: Direction, kind: Kind) {
  return summary?.streams.find((stream) => stream.direction === direction && stream.kind === kind)
}

/** The page's own view of our stream: what arrives here was sent there. */
function theirsOf(samples: readonly PageSample[], ours: Direction, kind: Kind) {
  const theirs = ours === 'inbound' ? 'outbound' : 'inbound'
  return samples.flatMap(({ atMs, streams }) =>
    streams
      .filter((stream) => stream.direction === theirs && stream.kind === kind)
      .map((stream) => ({ ...stream, atMs })),
  )
}

function marksOf(samples: readonly PageSample[], direction: Direction, kind: Kind): Mark[] {
  return theirsOf(samples, direction, kind)
}

/** What was lost of what had been sent when that was known. */
function lossesOf(samples: readonly PageSample[], direction: Direction, kind: Kind): Loss[] {
  const seen = theirsOf(samples, direction, kind)
  const sent = seen.map(({ atMs, packets }) => ({ atMs, bytes: packets }))
  return seen.map(({ atMs, lost, reportedMs }) => ({
    atMs,
    reportedMs,
    lossRatio: lost / bytesAt(sent, reportedMs),
  }))
}

/** Over the same time as our samples, between the nearest marks. */
function bitrateOf(marks: readonly Mark[], samples: readonly TimedSample[]): number {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined) return Number.NaN
  const fromMs = first.atMs - first.summary.intervalMs
  return ((bytesAt(marks, last.atMs) - bytesAt(marks, fromMs)) * 8000) / (last.atMs - fromMs)
}

function bytesAt(marks: readonly Mark[], atMs: number): number {
  const after = marks.find((mark) => mark.atMs >= atMs)
  const before = marks.findLast((mark) => mark.atMs < atMs)
  if (after === undefined || before === undefined) return (after ?? before)?.bytes ?? Number.NaN
  const share = (atMs - before.atMs) / (after.atMs - before.atMs)
  return before.bytes + share * (after.bytes - before.bytes)
}

/** Weighted by the time each sample covers. */
function meanOf(
  samples: readonly TimedSample[],
  read: (summary: TimedSample['summary']) => number | null | undefined,
): number {
  const weights = samples.map(({ summary }) => summary.intervalMs)
  const weighted = samples.map(({ summary }) => (read(summary) ?? Number.NaN) * summary.intervalMs)
  return sum(weighted) / sum(weights)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

import { describe, expect, it, onTestFinished } from 'vitest'
import { createPeerConnection, openAudioOutput, openVideoOutput } from '../../src/adapters/wrtc/index.js'
import { deferred } from '../../src/async/deferred.js'
import { withTimeout } from '../../src/async/delay.js'
import { pace } from '../../src/async/pace.js'
import { InternalsDump } from '../../src/dump/internals-dump.js'
import { RtcstatsDump } from '../../src/dump/rtcstats-dump.js'
import { Trace } from '../../src/dump/trace.js'
import { readDescriptions } from '../../src/dump/read-descriptions.js'
import { createJournal, type JournalEntry } from '../../src/session/journal.js'
import { journalConnections } from '../../src/session/journalled-connection.js'
import type { RawStats } from '../../src/session/ports.js'
import type { Session } from '../../src/session/session.js'
import { openSessionPair, type SessionPair } from '../support/session-pair.js'
import { readInternals } from './internals-reader.js'
import { ORIGIN } from './origin.js'
import { readRtcstats, tracksOf } from './rtcstats-reader.js'
import { readTrace } from './trace-reader.js'

const WAIT_MS = 8_000

describe('a session with sound, picture, data, an ICE restart and a track that ends', () => {
  it('is a dump that readers of either format take, and a trace', async () => {
    const { entries, until, journal } = recordJournal()
    const [here, there] = [openMedia(), openMedia()]
    await using pair = await openSessionPair({
      offerer: { createPeerConnection: journalConnections(createPeerConnection, journal) },
      setUp: (connection, side) => {
        connection.createDataChannel('chat', { negotiated: true, id: 7 })
        for (const { track } of side === 'offerer' ? here.outputs : there.outputs) connection.addTrack(track)
      },
    })
    await everythingFlows(pair.offerer)
    await exchange(pair)
    pair.offerer.restartIce()
    const answers = () =>
      entries.filter((entry) => entry.what === 'succeeded' && entry.method === 'setRemoteDescription').length
    const before = answers()
    await until(() => answers() > before)
    await here.endSound()
    const atEnd = packetsSent(await pair.offerer.getStats())
    await statsUntil(pair.offerer, (report) => packetsSent(report).video > atEnd.video)
    await pair[Symbol.asyncDispose]()
    await until(() => entries.some(({ what }) => what === 'closed'))

    const dumps = dumpAll(entries)
    const reports = entries.flatMap((entry) => (entry.what === 'stats' ? [entry.report] : []))
    checkRtcstats(dumps.rtcstats, reports)
    checkInternals(dumps.internals, reports)
    const drawn = readTrace(dumps.trace).map(({ ph, name }) => `${ph} ${name}`)
    expect(drawn).toEqual(expect.arrayContaining(['i restartIce', 'b channel chat', 'i closed']))
    // A busy process may hear that ICE is connected only after a channel opened: then there is no span to draw.
    const connected = entries.findIndex(
      (entry) =>
        entry.what === 'state' && entry.state === 'iceConnectionState' && entry.value === 'connected',
    )
    const opened = entries.findIndex((entry) => entry.what === 'data-channel' && entry.state === 'open')
    const heardInTime = connected !== -1 && connected < opened
    expect(drawn.includes('b DTLS and SCTP')).toBe(heardInTime)
  })
})

function checkRtcstats(text: string, reports: readonly (readonly RawStats[])[]): void {
  const { events } = readRtcstats(text)
  const methods = events.map(({ method }) => method)
  expect(methods).toEqual(expect.arrayContaining(['createDataChannel', 'restartIce', 'getStats', 'close']))
  // The restart has an offer and an answer of its own, with another ufrag.
  const offers = readDescriptions(text)?.filter(({ side, type }) => side === 'local' && type === 'offer')
  const ufrags = new Set(offers?.map(({ sdp }) => /a=ice-ufrag:\S+/.exec(sdp)?.[0]))
  expect(ufrags.size).toBe(2)
  // What the differences give back is what getStats() gave, field for field.
  const given = events.flatMap(({ method, value }) => (method === 'getStats' ? [value] : []))
  expect(given).toHaveLength(reports.length)
  for (const [index, report] of reports.entries()) {
    expect(given[index]).toMatchObject(Object.fromEntries(report.map(({ id, ...stats }) => [id, stats])))
    expect(Object.keys(given[index] ?? {}).toSorted()).toEqual(report.map(({ id }) => id).toSorted())
  }
  // The sound stands still from its end on, the picture goes on.
  const sent = reports.map((report) => packetsSent(report))
  const ending = sent.findIndex(({ audio }) => audio > 0 && audio === sent.at(-1)?.audio)
  expect(sent.at(-1)?.video).toBeGreaterThan(sent[ending]?.video ?? Infinity)
  // Each track, named when it was added, is found in the reports.
  const tracks = tracksOf(events.filter(({ connection }) => connection === 'PC_0'))
  expect(tracks.map(({ direction, kind }) => `${direction} ${kind}`).toSorted()).toEqual([
    'inbound audio',
    'inbound video',
    'outbound audio',
    'outbound video',
  ])
  expect(tracks.filter(({ statsId }) => statsId === undefined)).toEqual([])
}

function packetsSent(report: readonly RawStats[]): { audio: number; video: number } {
  const of = (kind: string) =>
    Number(
      report.find(({ type, ...stats }) => type === 'outbound-rtp' && stats['kind'] === kind)?.['packetsSent'],
    )
  return { audio: of('audio'), video: of('video') }
}

function checkInternals(text: string, reports: readonly (readonly RawStats[])[]): void {
  const [connection] = readInternals(text).values()
  expect(connection?.updates.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['restartIce', 'track', 'icecandidate', 'addIceCandidate', 'close']),
  )
  const types = [...(connection?.series.values() ?? [])].map(({ type }) => type)
  const flowing = ['inbound-rtp', 'outbound-rtp', 'media-source', 'data-channel']
  expect(types).toEqual(expect.arrayContaining([...flowing, 'candidate-pair', 'transport']))
  // Every value that getStats() ever gave stands at its own time.
  for (const { id, type, timestamp, ...fields } of reports.flat()) {
    const series = connection?.series.get(id)
    expect(series?.type).toBe(type)
    for (const [name, value] of Object.entries(fields))
      expect(series?.fields.get(name)).toContainEqual([timestamp, value])
  }
}

function dumpAll(entries: readonly JournalEntry[]): { rtcstats: string; internals: string; trace: string } {
  const rtcstats = new RtcstatsDump()
  const internals = new InternalsDump(ORIGIN)
  const trace = new Trace(entries[0]?.timeMs ?? 0)
  for (const entry of entries) internals.add(entry)
  return {
    rtcstats: rtcstats.header(ORIGIN) + entries.map((entry) => rtcstats.entry(entry)).join(''),
    internals: [...internals.document()].join(''),
    trace: entries.map((entry) => trace.entry(entry)).join('') + trace.finish(),
  }
}

function recordJournal() {
  const journal = createJournal()
  const entries: JournalEntry[] = []
  let changed = deferred()
  journal.subscribe((entry) => {
    entries.push(entry)
    changed.resolve()
    changed = deferred()
  })
  const until = async (isThere: () => boolean) => {
    const seen = async () => {
      while (!isThere()) await changed.promise
    }
    await withTimeout(seen(), WAIT_MS, () => new Error('did not happen'))
  }
  return { journal, entries, until }
}

/** Grey pictures and silence, until the test is over. */
function openMedia() {
  const [video, audio] = [openVideoOutput(), openAudioOutput()]
  const ended = new AbortController()
  const [soundEnded, feeds] = [new AbortController(), [] as Promise<unknown>[]]
  const picture = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 1.5).fill(128) }
  const block = { samples: new Int16Array(480), sampleRate: 48_000, channelCount: 1 }
  feeds.push(pace({ intervalMs: 40, onTick: () => video.write(picture), signal: ended.signal }))
  const sound = pace({ intervalMs: 10, onTick: () => audio.write(block), signal: soundEnded.signal })
  const endSound = async () => {
    soundEnded.abort()
    await sound
    await audio[Symbol.asyncDispose]()
  }
  onTestFinished(async () => {
    ended.abort()
    await Promise.all(feeds)
    await endSound()
    await video[Symbol.asyncDispose]()
  })
  return { outputs: [audio, video], endSound }
}

async function everythingFlows(session: Session): Promise<void> {
  const streams = ['inbound-rtp audio', 'inbound-rtp video', 'outbound-rtp audio', 'outbound-rtp video']
  await statsUntil(session, (report) => {
    const found = new Set(report.map((stats) => `${stats.type} ${String(stats['kind'])}`))
    return streams.every((stream) => found.has(stream))
  })
}

async function statsUntil(session: Session, isThere: (report: RawStats[]) => boolean): Promise<void> {
  const ended = new AbortController()
  const seen = pace({
    intervalMs: 100,
    onTick: async () => {
      if (isThere(await session.getStats())) ended.abort()
    },
    signal: ended.signal,
  })
  await withTimeout(seen, WAIT_MS, () => new Error('not in the statistics'))
}

/** One message there, over a channel that was not negotiated beforehand. */
async function exchange({ offerer, answerer }: SessionPair): Promise<void> {
  await answerer.createDataChannel('theirs').send('a message')
  for await (const channel of offerer.incomingDataChannels()) {
    for await (const message of channel.messages()) {
      expect(message).toBe('a message')
      return
    }
  }
}

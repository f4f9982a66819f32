import { describe, expect, it } from 'vitest'
import { createPeerConnection, openAudioOutput, openVideoOutput } from '../../src/adapters/wrtc/index.js'
import { deferred } from '../../src/async/deferred.js'
import { withTimeout } from '../../src/async/delay.js'
import { InternalsDump } from '../../src/dump/internals-dump.js'
import { RtcstatsDump } from '../../src/dump/rtcstats-dump.js'
import { Trace } from '../../src/dump/trace.js'
import { createJournal, type JournalEntry } from '../../src/session/journal.js'
import { journalConnections } from '../../src/session/journalled-connection.js'
import { openSessionPair } from '../support/session-pair.js'
import { readInternals } from './internals-reader.js'
import { readRtcstats } from './rtcstats-reader.js'
import { readTrace } from './trace-reader.js'

const ORIGIN = { userAgent: 'webrtc-cli', url: 'webrtc-cli test', startTimeMs: 0 }
const WAIT_MS = 8_000

describe('a session with sound, picture, data, an ICE restart and a track that ends', () => {
  it('is a dump that readers of either format take, and a trace', async () => {
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
    await using audio = openAudioOutput()
    await using video = openVideoOutput()
    await using pair = await openSessionPair({
      offerer: { createPeerConnection: journalConnections(createPeerConnection, journal) },
      setUp: (connection, side) => {
        connection.createDataChannel('chat', { negotiated: true, id: 7 })
        if (side === 'offerer') for (const { track } of [audio, video]) connection.addTrack(track)
      },
    })
    await pair.offerer.getStats()
    pair.offerer.restartIce()
    const answers = () =>
      entries.filter((entry) => entry.what === 'succeeded' && entry.method === 'setRemoteDescription').length
    const before = answers()
    await until(() => answers() > before)
    await audio[Symbol.asyncDispose]()
    await pair.offerer.getStats()
    await pair[Symbol.asyncDispose]()
    await until(() => entries.some(({ what }) => what === 'closed'))

    const rtcstats = new RtcstatsDump()
    const internals = new InternalsDump(ORIGIN)
    const trace = new Trace(entries[0]?.timeMs ?? 0)
    let traced = ''
    for (const entry of entries) {
      internals.add(entry)
      traced += trace.entry(entry)
    }
    const read = readRtcstats(
      rtcstats.header(ORIGIN) + entries.map((entry) => rtcstats.entry(entry)).join(''),
    )
    expect(read.events.map(({ method }) => method)).toEqual(
      expect.arrayContaining(['restartIce', 'getStats', 'close']),
    )
    // What the differences give back is what getStats() gave, field for field.
    const reports = entries.flatMap((entry) => (entry.what === 'stats' ? [entry.report] : []))
    const given = read.events.flatMap(({ method, value }) => (method === 'getStats' ? [value] : []))
    expect(given).toHaveLength(reports.length)
    for (const [index, report] of reports.entries()) {
      expect(given[index]).toMatchObject(Object.fromEntries(report.map(({ id, ...stats }) => [id, stats])))
      expect(Object.keys(given[index] ?? {}).toSorted()).toEqual(report.map(({ id }) => id).toSorted())
    }

    const [connection] = readInternals([...internals.document()].join('')).values()
    expect(connection?.updates.map(({ type }) => type)).toContain('restartIce')
    expect([...(connection?.series.values() ?? [])].map(({ type }) => type)).toEqual(
      expect.arrayContaining(['outbound-rtp', 'media-source', 'candidate-pair', 'data-channel', 'transport']),
    )
    const drawn = readTrace(traced + trace.finish()).map(({ ph, name }) => `${ph} ${name}`)
    expect(drawn).toEqual(
      expect.arrayContaining(['i restartIce', 'b DTLS and SCTP', 'b channel chat', 'i closed']),
    )
  })
})

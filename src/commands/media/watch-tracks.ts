import { delay } from '../../async/delay.js'
import type { PeerEventOf } from '../../events.js'
import { createAudioMeter } from '../../media/audio-meter.js'
import type { FilterFunction } from '../../media/filter/filter-function.js'
import { createFrameFilter } from '../../media/filter/frame-filter.js'
import { createFrameMeter } from '../../media/frame-meter.js'
import { createTrackHub, type TrackConsumer, type TrackHub } from '../../media/track-hub.js'
import type { Journal } from '../../session/journal.js'
import type { RemoteTrack } from '../../session/ports.js'
import type { Session } from '../../session/session.js'
import { summariseStats } from '../../stats/summary.js'
import { loadBinding } from '../session/open-session.js'
import type { RunContext } from '../run.js'

/** Long enough for a frame rate, short enough to be news. */
const MEASURE_MS = 1_000
const POLL_MS = 50

type TrackEvent = PeerEventOf<'track'>
type WatchTracksContext = Pick<RunContext, 'signal' | 'report'> & { journal?: Journal | undefined }

/** The hub of the tracks that this process receives; whoever wants their frames adds a tap. */
export async function openTrackHub(receiveFilters: readonly FilterFunction[]): Promise<TrackHub> {
  const { openTrackSink } = await loadBinding()
  return createTrackHub({ openSink: openTrackSink, filterOf: () => createFrameFilter(receiveFilters) })
}

/**
 * Brings every track the peer sends to the hub, which decodes it, and reports each once, when it has been measured
 * for a second: what arrived, not what was announced. A track that never carries anything is never reported.
 */
export async function watchTracks(
  session: Session,
  hub: TrackHub,
  { signal, report, journal }: WatchTracksContext,
): Promise<void> {
  const ending = AbortSignal.any([signal, session.signal])
  const reports: Promise<void>[] = []
  const metering = hub.addTap((track) => {
    const meter = track.kind === 'video' ? openVideoMeter(track) : openAudioMeter(track)
    reports.push(reportTrack(track, meter, session, { signal: ending, report, journal }))
    return meter.consumer
  })
  try {
    for await (const track of session.tracks({ signal: ending })) await hub.addTrack(track)
  } catch (error) {
    if (!ending.aborted) throw error
  } finally {
    await Promise.allSettled(reports)
    await metering[Symbol.asyncDispose]()
  }
}

async function reportTrack(
  track: RemoteTrack,
  meter: Meter,
  session: Session,
  { signal, report, journal }: WatchTracksContext,
): Promise<void> {
  try {
    const startedMs = await firstArrival(meter, signal)
    journal?.record(0, { what: 'first-frame', kind: track.kind, id: track.id })
    await delay(Math.max(0, startedMs + MEASURE_MS - performance.now()), { signal })
    report({ ...meter.describe(), codec: await codecOf(track, session) })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

interface Meter {
  consumer: TrackConsumer
  /** performance.now() of the first frame or sound; undefined before. */
  startedMs(): number | undefined
  describe(): TrackEvent
}

function openVideoMeter({ id }: RemoteTrack): Meter {
  const meter = createFrameMeter()
  return {
    consumer: {
      onFrame: ({ width, height }, arrivalMs) => meter.add(width, height, arrivalMs),
      [Symbol.asyncDispose]: async () => undefined,
    },
    startedMs: () => meter.measure().firstFrameMs ?? undefined,
    describe: () => {
      const { width, height, framesPerSecond } = meter.measure(performance.now())
      const frameRate = framesPerSecond === null ? null : Math.round(framesPerSecond * 10) / 10
      return { event: 'track', kind: 'video', id, codec: null, width, height, frameRate }
    },
  }
}

function openAudioMeter({ id }: RemoteTrack): Meter {
  const meter = createAudioMeter()
  let startedMs: number | undefined
  return {
    consumer: {
      onBlock(block, arrivalMs) {
        // The binding delivers silence even when nothing is sent.
        if (startedMs === undefined && block.samples.some((sample) => sample !== 0)) startedMs = arrivalMs
        if (startedMs !== undefined) meter.add(block)
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
    startedMs: () => startedMs,
    describe: () => {
      const { sampleRate, channelCount, frequency } = meter.measure()
      const nothing = { codec: null, width: null, height: null, frameRate: null }
      return { event: 'track', kind: 'audio', id, ...nothing, sampleRate, channelCount, frequency }
    },
  }
}

async function firstArrival(meter: Meter, signal: AbortSignal): Promise<number> {
  for (;;) {
    const startedMs = meter.startedMs()
    if (startedMs !== undefined) return startedMs
    await delay(POLL_MS, { signal })
  }
}

async function codecOf({ kind }: RemoteTrack, session: Session): Promise<string | null> {
  const { streams } = summariseStats(await session.getStats(), null, { side: 'local', startedMs: 0 })
  return streams.find((stream) => stream.direction === 'inbound' && stream.kind === kind)?.codec ?? null
}

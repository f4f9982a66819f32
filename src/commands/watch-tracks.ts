import { delay } from '../async/delay.js'
import { Disposables } from '../async/disposables.js'
import type { PeerEventOf } from '../events.js'
import { createAudioMeter } from '../media/audio-meter.js'
import { createFrameMeter } from '../media/frame-meter.js'
import type { RemoteTrack } from '../session/ports.js'
import type { Session } from '../session/session.js'
import { summariseStats } from '../stats/summary.js'
import { loadBinding } from './open-session.js'
import type { RunContext } from './run.js'

/** Long enough for a frame rate, short enough to be news. */
const MEASURE_MS = 1_000
const POLL_MS = 50

type TrackEvent = PeerEventOf<'track'>

/**
 * Decodes every track the peer sends and reports each once, when it has been measured for a second: what arrived,
 * not what was announced. A track that never carries anything is never reported.
 */
export async function watchTracks(session: Session, { signal, report }: RunContext): Promise<void> {
  const ending = AbortSignal.any([signal, session.signal])
  const watches: Promise<void>[] = []
  try {
    for await (const track of session.tracks({ signal: ending })) {
      watches.push(watchTrack(track, session, { signal: ending, report }))
    }
  } catch (error) {
    if (!ending.aborted) throw error
  } finally {
    await Promise.allSettled(watches)
  }
}

async function watchTrack(
  track: RemoteTrack,
  session: Session,
  { signal, report }: Pick<RunContext, 'signal' | 'report'>,
): Promise<void> {
  await using opened = new Disposables()
  const meter = await openMeter(track, opened)
  try {
    const startedMs = await firstArrival(meter, signal)
    await delay(Math.max(0, startedMs + MEASURE_MS - performance.now()), { signal })
    report({ ...meter.describe(), codec: await codecOf(track, session) })
    // The sink stays open: an undecoded track would not show in the statistics.
    await delay(2 ** 30, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

interface Meter {
  /** performance.now() of the first frame or sound; undefined before. */
  startedMs(): number | undefined
  describe(): TrackEvent
}

async function openMeter(track: RemoteTrack, opened: Disposables): Promise<Meter> {
  const { openAudioSink, openVideoSink } = await loadBinding()
  return track.kind === 'video'
    ? openVideoMeter(track, opened, openVideoSink)
    : openAudioMeter(track, opened, openAudioSink)
}

type Binding = Awaited<ReturnType<typeof loadBinding>>

function openVideoMeter(
  { id, track }: RemoteTrack,
  opened: Disposables,
  open: Binding['openVideoSink'],
): Meter {
  const meter = createFrameMeter()
  opened.use(open(track, ({ width, height }) => meter.add(width, height, performance.now())))
  return {
    startedMs: () => meter.measure().firstFrameMs ?? undefined,
    describe: () => {
      const { width, height, framesPerSecond } = meter.measure(performance.now())
      const frameRate = framesPerSecond === null ? null : Math.round(framesPerSecond * 10) / 10
      return { event: 'track', kind: 'video', id, codec: null, width, height, frameRate }
    },
  }
}

function openAudioMeter(
  { id, track }: RemoteTrack,
  opened: Disposables,
  open: Binding['openAudioSink'],
): Meter {
  const meter = createAudioMeter()
  let startedMs: number | undefined
  opened.use(
    open(track, (block) => {
      // The binding delivers silence even when nothing is sent.
      if (startedMs === undefined && block.samples.some((sample) => sample !== 0))
        startedMs = performance.now()
      if (startedMs !== undefined) meter.add(block)
    }),
  )
  return {
    startedMs: () => startedMs,
    describe: () => {
      const { sampleRate, channelCount } = meter.measure()
      const nothing = { codec: null, width: null, height: null, frameRate: null }
      return { event: 'track', kind: 'audio', id, ...nothing, sampleRate, channelCount }
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

import { delay } from '../../async/delay.js'
import { createSkewMeter, type SkewMeter } from '../../media/quality/skew-meter.js'
import { createVideoQualityMeter, type VideoQualityMeter } from '../../media/quality/video-quality.js'
import type { TrackConsumer, TrackHub } from '../../media/track-hub.js'
import type { Session } from '../../session/session.js'
import type { RunContext } from '../run.js'

export interface WatchMediaOptions {
  /** Milliseconds between two reports; undefined reports at the end only. */
  intervalMs: number | undefined
}

/**
 * Measures the pictures that arrive and reports what came of each video track: at the interval, and when the session
 * has ended. A track on which nothing arrived is never reported.
 */
export async function watchMedia(
  session: Session,
  hub: TrackHub,
  { intervalMs }: WatchMediaOptions,
  { signal, report }: Pick<RunContext, 'signal' | 'report'>,
): Promise<void> {
  const ending = AbortSignal.any([signal, session.signal])
  const skew = createSkewMeter()
  const meters = new Map<string, VideoQualityMeter>()
  const reportAll = () => {
    for (const [id, meter] of meters) {
      const quality = meter.measure(performance.now())
      if (quality.framesReceived === 0) continue
      report({ event: 'media', kind: 'video', id, ...quality, skewMs: skew.measure() })
    }
  }
  const tap = hub.addTap((track) => {
    if (track.kind === 'audio') return hearBeeps(session, skew)
    const meter = createVideoQualityMeter({
      announced: () => session.peerMedia?.video ?? null,
      clockOffsetMs: () => session.peerClock?.offsetMs ?? null,
    })
    meters.set(track.id, meter)
    return seePictures(session, meter, skew)
  })
  try {
    while (!ending.aborted) {
      await delay(intervalMs ?? 2 ** 30, { signal: ending })
      reportAll()
    }
  } catch (error) {
    if (!ending.aborted) throw error
  } finally {
    reportAll()
    await tap[Symbol.asyncDispose]()
  }
}

function seePictures(session: Session, meter: VideoQualityMeter, skew: SkewMeter): TrackConsumer {
  return {
    onFrame(frame, arrivalMs) {
      const mark = meter.add(frame, arrivalMs)
      const frameRate = session.peerMedia?.video?.frameRate
      if (mark && frameRate !== undefined) skew.addPicture((mark.index * 1000) / frameRate, arrivalMs)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Any other sound begins and ends when it likes. */
function hearBeeps(session: Session, skew: SkewMeter): TrackConsumer {
  return {
    onBlock(block, arrivalMs) {
      if (session.peerMedia?.audio?.source === 'beep') skew.addSound(block, arrivalMs)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

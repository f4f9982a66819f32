import type { RawStats } from '../session/ports.js'
import { increase, perSecond } from './deltas.js'
import { readMilliseconds, readNumber } from './read-field.js'
import type { Pair } from './stream-context.js'

/** What the receiver asked the sender for: packets again (NACK), a whole picture (PLI, FIR; RFC 4585, RFC 5104). */
export function feedbackRates(stats: RawStats, before: RawStats | undefined) {
  return {
    nackCount: readNumber(stats, 'nackCount'),
    pliCount: readNumber(stats, 'pliCount'),
    firCount: readNumber(stats, 'firCount'),
    nacksPerSecond: perSecond(stats, before, 'nackCount'),
    plisPerSecond: perSecond(stats, before, 'pliCount'),
    firsPerSecond: perSecond(stats, before, 'firCount'),
  }
}

/** Root mean square of the level since the sample before (W3C webrtc-stats `totalAudioEnergy`); null without sound to measure. */
export function rootMeanSquareLevel({ now, before }: Pair): number | null {
  if (now === undefined) return null
  const energy = increase(now, before, 'totalAudioEnergy')
  const seconds = increase(now, before, 'totalSamplesDuration')
  return energy === null || seconds === null || seconds === 0 ? null : Math.sqrt(energy / seconds)
}

/** By RTCP, in milliseconds; libwebrtc says 0 before the first was measured. */
export function rtcpRoundTripTimeMs(remote: RawStats | undefined): number | null {
  return readNumber(remote, 'roundTripTimeMeasurements') === 0
    ? null
    : readMilliseconds(remote, 'roundTripTime')
}

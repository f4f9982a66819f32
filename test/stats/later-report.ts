import type { RawStats } from '../../src/session/ports.js'
import callReport from './fixtures/call-report.json' with { type: 'json' }

/** A whole getStats() report of libwebrtc M106, from a peer in a call with audio, video and a data channel. */
export const report: readonly RawStats[] = callReport

/** Ids of the dictionaries that the tests look at. */
export const ids = {
  transport: 'RTCTransport_0_1',
  pair: 'RTCIceCandidatePair_2T5cEkWC_I72vRBCV',
  localCandidate: 'RTCIceCandidate_2T5cEkWC',
  remoteCandidate: 'RTCIceCandidate_I72vRBCV',
  inboundAudio: 'RTCInboundRTPAudioStream_3264827686',
  inboundVideo: 'RTCInboundRTPVideoStream_432696108',
  outboundAudio: 'RTCOutboundRTPAudioStream_774519665',
  outboundVideo: 'RTCOutboundRTPVideoStream_2300309741',
  remoteInboundVideo: 'RTCRemoteInboundRtpVideoStream_2300309741',
  receivedVideoTrack: 'DEPRECATED_RTCMediaStreamTrack_receiver_1',
  dataChannel: 'RTCDataChannel_1',
} as const

type Fields = Record<string, unknown>

/** The report with the fields of some dictionaries replaced; a field of `undefined` is one the stack does not have. */
export function withFields(
  changes: Partial<Record<string, Fields>>,
  base: readonly RawStats[] = report,
): RawStats[] {
  return base.map((stats) => ({ ...stats, ...changes[stats.id] }))
}

/** The report without the dictionaries of a type. */
export function withoutType(type: string, base: readonly RawStats[] = report): RawStats[] {
  return base.filter((stats) => stats.type !== type)
}

/** The report some milliseconds later, with counters grown by `growth` and nothing else changed. */
export function laterReport(
  elapsedMs: number,
  growth: Partial<Record<string, Record<string, number>>> = {},
): RawStats[] {
  return report.map((stats) => {
    const grown: Fields = {}
    for (const [field, by] of Object.entries(growth[stats.id] ?? {})) grown[field] = Number(stats[field]) + by
    return { ...stats, ...grown, timestamp: stats.timestamp + elapsedMs }
  })
}

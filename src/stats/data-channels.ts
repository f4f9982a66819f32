import type { DataChannelStats } from '../events.js'
import type { RawStats } from '../session/ports.js'
import { bitsPerSecond, perSecond } from './deltas.js'
import { readNumber, readString } from './read-field.js'
import type { StatsIndex } from './stats-index.js'

/** Each data channel's counters, with their rates (bits per second) since `previous`. */
export function summariseDataChannels(current: StatsIndex, previous: StatsIndex | null): DataChannelStats[] {
  return current
    .ofType('data-channel')
    .map((stats) => summariseDataChannel(stats, previous?.byId(stats.id)))
    .toSorted((a, b) => (a.id ?? Infinity) - (b.id ?? Infinity) || a.label.localeCompare(b.label))
}

function summariseDataChannel(stats: RawStats, previous: RawStats | undefined): DataChannelStats {
  return {
    label: readString(stats, 'label') ?? '',
    id: readStreamId(stats),
    state: readString(stats, 'state') ?? 'unknown',
    messagesSent: readCount(stats, 'messagesSent'),
    messagesReceived: readCount(stats, 'messagesReceived'),
    bytesSent: readCount(stats, 'bytesSent'),
    bytesReceived: readCount(stats, 'bytesReceived'),
    sendBitrate: bitsPerSecond(stats, previous, 'bytesSent'),
    receiveBitrate: bitsPerSecond(stats, previous, 'bytesReceived'),
    messagesSentPerSecond: perSecond(stats, previous, 'messagesSent'),
    messagesReceivedPerSecond: perSecond(stats, previous, 'messagesReceived'),
  }
}

/** Null until the association has given out an id: stacks then say -1 or 65535, which is no SCTP stream. */
function readStreamId(stats: RawStats): number | null {
  const id = readNumber(stats, 'dataChannelIdentifier')
  return id === null || id < 0 || id >= 65_535 ? null : id
}

/** W3C webrtc-stats RTCDataChannelStats has these four on every channel; one that has not sent or received yet may omit them. */
function readCount(stats: RawStats, field: string): number {
  return readNumber(stats, field) ?? 0
}

import type { StatsSummary } from '../events.js'
import { findSelectedPair } from './candidate-pair.js'
import { bitsPerSecond, meanMilliseconds, perSecond } from './deltas.js'
import { readNumber, readString } from './read-field.js'
import type { StatsIndex } from './stats-index.js'

/**
 * The connection's transport: DTLS and SRTP ciphers, ICE role, total bytes and their rates (bits per second) since
 * `previous`. Where media is not bundled it is the transport that has a candidate pair; null where there is none yet.
 */
export function summariseTransport(
  current: StatsIndex,
  previous: StatsIndex | null,
): StatsSummary['transport'] {
  const transports = current.ofType('transport')
  const transport =
    transports.find((stats) => readString(stats, 'selectedCandidatePairId') !== null) ?? transports[0]
  if (transport === undefined) return null
  // A stack that does not count on the transport counts on its pair.
  const pair = findSelectedPair(current)
  const counted = readNumber(transport, 'bytesSent') === null ? pair : transport
  const bytesSent = readNumber(counted, 'bytesSent')
  const bytesReceived = readNumber(counted, 'bytesReceived')
  if (counted === undefined || bytesSent === null || bytesReceived === null) return null
  const before = previous?.byId(counted.id)
  const pairBefore = pair === undefined ? undefined : previous?.byId(pair.id)
  return {
    dtlsState: readString(transport, 'dtlsState'),
    dtlsCipher: readString(transport, 'dtlsCipher'),
    srtpCipher: readString(transport, 'srtpCipher'),
    tlsVersion: readString(transport, 'tlsVersion'),
    dtlsRole: readString(transport, 'dtlsRole'),
    iceRole: readString(transport, 'iceRole'),
    iceState: readString(transport, 'iceState'),
    bytesSent,
    bytesReceived,
    sendBitrate: bitsPerSecond(counted, before, 'bytesSent'),
    receiveBitrate: bitsPerSecond(counted, before, 'bytesReceived'),
    packetsSent: readNumber(counted, 'packetsSent'),
    packetsReceived: readNumber(counted, 'packetsReceived'),
    packetsSentPerSecond: perSecond(counted, before, 'packetsSent'),
    packetsReceivedPerSecond: perSecond(counted, before, 'packetsReceived'),
    meanRoundTripTimeMs: meanMilliseconds(pair, pairBefore, {
      sum: 'totalRoundTripTime',
      count: 'responsesReceived',
    }),
    selectedCandidatePairChanges: readNumber(transport, 'selectedCandidatePairChanges'),
  }
}

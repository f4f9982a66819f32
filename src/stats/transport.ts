import type { StatsSummary } from '../events.js'
import { ASSOCIATIONS } from './association-totals.js'
import { findSelectedPair } from './candidate-pair.js'
import { meanMilliseconds, perSecond } from './deltas.js'
import { readNumber, readString } from './read-field.js'
import type { StatsIndex } from './stats-index.js'

/**
 * The connection's transport: DTLS and SRTP ciphers, ICE role, total bytes and their rates (bits per second) since
 * `previous`. Where media is not bundled it is the transport that has a candidate pair; null where there is none yet.
 * What the further associations of a transfer carried is in the counts and rates.
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
  if (counted === undefined) return null
  const before = previous?.byId(counted.id)
  const pairBefore = pair === undefined ? undefined : previous?.byId(pair.id)
  const [others] = current.ofType(ASSOCIATIONS)
  const [othersBefore] = previous?.ofType(ASSOCIATIONS) ?? []
  const total = (field: string) => sumOf(readNumber(counted, field), others && readNumber(others, field))
  const rate = (field: string) =>
    sumOf(perSecond(counted, before, field), others && perSecond(others, othersBefore, field))
  const [bytesSent, bytesReceived] = [total('bytesSent'), total('bytesReceived')]
  if (bytesSent === null || bytesReceived === null) return null
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
    sendBitrate: inWholeBits(rate('bytesSent')),
    receiveBitrate: inWholeBits(rate('bytesReceived')),
    packetsSent: total('packetsSent'),
    packetsReceived: total('packetsReceived'),
    packetsSentPerSecond: rate('packetsSent'),
    packetsReceivedPerSecond: rate('packetsReceived'),
    meanRoundTripTimeMs: meanMilliseconds(pair, pairBefore, {
      sum: 'totalRoundTripTime',
      count: 'responsesReceived',
    }),
    selectedCandidatePairChanges: readNumber(transport, 'selectedCandidatePairChanges'),
  }
}

/** Null where the first is not known; the second is undefined where there is none. */
function sumOf(first: number | null, second: number | null | undefined): number | null {
  return first === null || second === null ? null : first + (second ?? 0)
}

function inWholeBits(bytesPerSecond: number | null): number | null {
  return bytesPerSecond === null ? null : Math.round(bytesPerSecond * 8)
}

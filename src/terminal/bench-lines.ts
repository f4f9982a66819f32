import type { PeerEventOf } from '../events.js'
import { formatBytes, formatDuration, formatPercent, formatRate } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'

type Result = PeerEventOf<'bench'>['result']
type ResultOf<Measure extends Result['measure']> = Extract<Result, { measure: Measure }>

/** One measurement, in columns that stay where they are from line to line. */
export function benchLines({ result }: PeerEventOf<'bench'>): OutputLine[] {
  return plainLines('result', describe(result))
}

function describe(result: Result): string {
  switch (result.measure) {
    case 'rtt':
      return describeRoundTrips(result)
    case 'loss':
      return describeLoss(result)
    case 'throughput':
      return describeThroughput(result)
    default:
      return result satisfies never
  }
}

function describeRoundTrips({ roundTripTimeMs }: ResultOf<'rtt'>): string {
  const { min, mean, p50, p95, max, samples } = roundTripTimeMs
  const figures = Object.entries({ p50, min, mean, p95, max }).map(
    ([name, value]) => `${name} ${formatDuration(value)}`,
  )
  return `round trip   ${figures.join('  ')}  (${samples.length} pings)`
}

function describeLoss({
  direction,
  lossRatio,
  lossMargin,
  reorderedRatio,
  messages,
}: ResultOf<'loss'>): string {
  const loss = `${percent(lossRatio)} +- ${percent(lossMargin)}`
  return `${`loss ${direction}`.padEnd(12)} ${loss}  reordered ${percent(reorderedRatio)}  (${messages} packets)`
}

function describeThroughput(result: ResultOf<'throughput'>): string {
  const { direction, simultaneous, channel, messageBytes, bytesPerSecond, lossRatio, reorderedRatio } = result
  const { mean, p50, min, peak } = bytesPerSecond
  const delivery = [
    ...(lossRatio > 0 ? [`lost ${percent(lossRatio)}`] : []),
    ...(reorderedRatio > 0 ? [`reordered ${percent(reorderedRatio)}`] : []),
    ...(result.roundTripTimeMs ? [`round trip ${formatDuration(result.roundTripTimeMs.p50)}`] : []),
  ]
  const columns = [
    (simultaneous ? `${direction} of both` : direction).padEnd(12),
    describeChannel(channel).padEnd(26),
    formatBytes(messageBytes).padStart(8),
    formatRate(mean).padStart(10),
    `p50 ${formatRate(p50)}  min ${formatRate(min)}  peak ${formatRate(peak)}`,
    ...delivery,
  ]
  return columns.join('  ')
}

function describeChannel({ ordered, maxRetransmits, maxPacketLifeTime }: ResultOf<'throughput'>['channel']) {
  const order = ordered ? 'ordered' : 'unordered'
  if (maxRetransmits !== null) return `${order}, ${maxRetransmits} resends`
  return maxPacketLifeTime === null ? order : `${order}, at most ${maxPacketLifeTime} ms`
}

/** Loss is told in tenths and hundredths. */
function percent(ratio: number): string {
  return ratio > 0 && ratio < 0.0995 ? `${(ratio * 100).toFixed(2)} %` : formatPercent(ratio)
}

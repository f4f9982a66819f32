import type { BenchResult } from '../events/bench.js'
import type { PeerEvent } from '../events.js'
import type { Figure, Reading } from './figure.js'

type ResultOf<Measure extends BenchResult['measure']> = Extract<BenchResult, { measure: Measure }>

const NO_BENCH = 'nothing of the kind was measured'

/** What `bench` measures; a figure of several measurements has to hold for every one of them. */
export function benchFigures(): Figure[] {
  return [
    {
      name: 'bench.throughput',
      kind: 'rate',
      source: measured('throughput', (result) => series(nameOf(result), result.windows)),
      from: '`bench`.windows',
      describe: 'payload per second that arrived, window by window',
      absent: NO_BENCH,
    },
    {
      name: 'bench.rtt',
      kind: 'time',
      source: measured('rtt', ({ roundTripTimeMs }) => series('', roundTripTimeMs.samples)),
      from: '`bench`.roundTripTimeMs',
      describe: 'round trips of the idle path, from process to process',
      absent: NO_BENCH,
    },
    {
      name: 'bench.loadedRtt',
      kind: 'time',
      source: measured('throughput', (result) =>
        series(nameOf(result), result.roundTripTimeMs?.samples ?? []),
      ),
      from: '`bench`.roundTripTimeMs',
      describe: 'round trips while the throughput was measured',
      absent: NO_BENCH,
    },
    {
      name: 'bench.loss',
      kind: 'ratio',
      source: measured('loss', ({ direction, lossRatio }) => series(direction, [lossRatio])),
      from: '`bench`.lossRatio',
      describe: 'packets that did not arrive, each way',
      absent: NO_BENCH,
    },
    {
      name: 'bench.reordered',
      kind: 'ratio',
      source: measured('loss', ({ direction, reorderedRatio }) => series(direction, [reorderedRatio])),
      from: '`bench`.reorderedRatio',
      describe: 'packets that came after one sent later, each way',
      absent: NO_BENCH,
    },
  ]
}

function measured<Measure extends BenchResult['measure']>(
  measure: Measure,
  read: (result: ResultOf<Measure>) => Reading[],
): Figure['source'] {
  const isOfMeasure = (result: BenchResult): result is ResultOf<Measure> => result.measure === measure
  return {
    over: 'samples',
    read: (event: PeerEvent) =>
      event.event === 'bench' && isOfMeasure(event.result) ? read(event.result) : [],
    aggregate: 'mean',
  }
}

function series(of: string, values: readonly number[]): Reading[] {
  return values.map((value) => ({ of, value }))
}

function nameOf({ direction, messageBytes, channel }: ResultOf<'throughput'>): string {
  const { ordered, maxRetransmits, maxPacketLifeTime } = channel
  const limits = [
    ...(maxRetransmits === null ? [] : [`maxRetransmits ${maxRetransmits}`]),
    ...(maxPacketLifeTime === null ? [] : [`maxPacketLifeTime ${maxPacketLifeTime}`]),
  ]
  return [direction, ordered ? 'ordered' : 'unordered', ...limits, `${messageBytes} bytes`].join(', ')
}

import type { StatsSummary } from '../events.js'
import type { Reading, SampledFigure } from '../figures/figure.js'
import type { FigureKind } from '../figures/figure-kind.js'
import { SAMPLED_FIGURES } from '../figures/figures.js'
import { splitStreamFigure } from '../figures/stream-figure.js'

export type Labels = Readonly<Record<string, string>>

/** One metric as monitoring systems have them, read when it is asked for. */
export interface Metric {
  name: string
  help: string
  labelNames: readonly string[]
  read(): { labels: Labels; value: number }[]
}

/** The base units of Prometheus: seconds and ratios instead of milliseconds and percents. */
const UNITS: Readonly<Record<FigureKind, { suffix: string; factor: number }>> = {
  time: { suffix: '_seconds', factor: 0.001 },
  bitrate: { suffix: '_bits_per_second', factor: 1 },
  rate: { suffix: '_bytes_per_second', factor: 1 },
  bytes: { suffix: '_bytes', factor: 1 },
  ratio: { suffix: '_ratio', factor: 1 },
  count: { suffix: '', factor: 1 },
  number: { suffix: '', factor: 1 },
  word: { suffix: '', factor: 1 },
  set: { suffix: '', factor: 1 },
}

const STREAM_LABELS = ['direction', 'kind', 'stream'] as const

/** Label values may come from the peer: bounded, one line, nothing invisible. */
const MAX_LABEL_LENGTH = 64
const UNWANTED = /[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * Every figure as a metric `webrtc_...`; those of streams have the labels `direction`, `kind` and `stream`. `newest`
 * gives the sample they are read from, undefined before the first. What was not measured has no value there.
 */
export function describeMetrics(newest: () => StatsSummary | undefined): Metric[] {
  const figuresByName = new Map<string, SampledFigure[]>()
  for (const figure of SAMPLED_FIGURES) {
    if (figure.kind === 'word') continue
    const name = metricName(figure)
    figuresByName.set(name, [...(figuresByName.get(name) ?? []), figure])
  }
  return [
    {
      name: 'webrtc_connected',
      help: 'whether a candidate pair is selected',
      labelNames: [],
      read: () => [{ labels: {}, value: newest()?.candidatePair ? 1 : 0 }],
    },
    {
      name: 'webrtc_candidate_pair_info',
      help: 'the selected candidate pair, in its labels',
      labelNames: ['path', 'local', 'remote', 'protocol'],
      read: () => describePair(newest()),
    },
    ...[...figuresByName].map(([name, figures]) => metricOf(name, figures, newest)),
  ]
}

/** `webrtc_stream_jitter_seconds` of `inbound.video.jitter`, `webrtc_transport_send_bits_per_second` of `transport.send`. */
function metricName({ name, kind }: SampledFigure): string {
  const stream = splitStreamFigure(name)
  const words = (stream === undefined ? name : `stream.${stream.figure}`)
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll('.', '_')
  const { suffix } = UNITS[kind]
  // `transport_bytes_sent` has its unit already.
  return `webrtc_${`${words}_`.includes(`${suffix}_`) ? words : words + suffix}`
}

function metricOf(
  name: string,
  figures: readonly SampledFigure[],
  newest: () => StatsSummary | undefined,
): Metric {
  const [first] = figures
  return {
    name,
    help: first === undefined ? '' : `${first.describe} (${first.from})`,
    labelNames: first !== undefined && splitStreamFigure(first.name) ? STREAM_LABELS : [],
    read() {
      const summary = newest()
      if (summary === undefined) return []
      return figures.flatMap((figure) =>
        figure.source.read({ event: 'stats', summary }).flatMap((reading) => valueOf(figure, reading)),
      )
    },
  }
}

function valueOf({ name, kind }: SampledFigure, { of, value }: Reading): { labels: Labels; value: number }[] {
  if (typeof value !== 'number') return []
  const stream = splitStreamFigure(name)
  const labels: Labels =
    stream === undefined ? {} : { direction: stream.direction, kind: stream.kind, stream: labelOf(of) }
  return [{ labels, value: value * UNITS[kind].factor }]
}

function describePair(summary: StatsSummary | undefined): { labels: Labels; value: number }[] {
  const pair = summary?.candidatePair
  if (!pair) return []
  const { relayed, local, remote, protocol } = pair
  const path = relayed ? 'relay' : 'direct'
  return [
    { labels: { path, local: local.type, remote: remote.type, protocol: labelOf(protocol ?? '') }, value: 1 },
  ]
}

function labelOf(text: string): string {
  return text.replaceAll(UNWANTED, '').slice(0, MAX_LABEL_LENGTH)
}

import type { RunSummary } from '../events.js'
import type { SampledFigure } from '../figures/figure.js'
import { SAMPLED_FIGURES } from '../figures/figures.js'
import { createDistribution, type Distribution } from './distribution.js'
import type { StatsSample } from './stats-feed.js'

/** A peer can renegotiate for ever: streams beyond these are not summed up. */
const MAX_STREAMS = 256

/** Collects the samples of a run into what each figure was like, in bounded memory. */
export interface RunSummaryCollector {
  add(sample: Pick<StatsSample, 'summary'>): void
  /** Undefined before the first sample. */
  summarise(): RunSummary | undefined
}

type NumericFigure = SampledFigure & { kind: RunSummary['figures'][number]['kind'] }

interface Row {
  figure: NumericFigure
  /** By the stream, or by nothing where the figure is the connection's. */
  distributions: Map<string, Distribution>
}

export function createRunSummary(): RunSummaryCollector {
  const rows = SAMPLED_FIGURES.filter(isNumeric).map((figure): Row => ({ figure, distributions: new Map() }))
  let samples = 0
  let durationMs = 0
  return {
    add({ summary }) {
      samples += 1
      durationMs = summary.elapsedMs
      for (const row of rows) addTo(row, summary)
    },
    summarise() {
      if (samples === 0) return undefined
      const silent = rows.filter(({ distributions }) => distributions.size > 0 && !isMeasured(distributions))
      return {
        durationMs,
        samples,
        figures: rows.flatMap(describeRow),
        notMeasured: silent.map(({ figure }) => figure.name),
      }
    },
  }
}

function addTo({ figure, distributions }: Row, summary: StatsSample['summary']): void {
  for (const { of, value } of figure.source.read({ event: 'stats', summary })) {
    let distribution = distributions.get(of)
    if (distribution === undefined) {
      if (distributions.size >= MAX_STREAMS) continue
      distribution = createDistribution()
      distributions.set(of, distribution)
    }
    if (typeof value === 'number') distribution.add(value)
  }
}

function describeRow({ figure, distributions }: Row): RunSummary['figures'] {
  const { name, kind, source } = figure
  return [...distributions].flatMap(([of, distribution]) => {
    const { count, last, min, max, mean } = distribution
    if (last === null || min === null || max === null || mean === null) return []
    return [
      {
        figure: name,
        of: of === '' ? null : of,
        kind,
        over: source.aggregate === 'mean' ? ('interval' as const) : ('run' as const),
        samples: count,
        last,
        min,
        p50: distribution.quantile(0.5) ?? last,
        p95: distribution.quantile(0.95) ?? last,
        max,
        mean,
      },
    ]
  })
}

function isMeasured(distributions: ReadonlyMap<string, Distribution>): boolean {
  return [...distributions.values()].some(({ count }) => count > 0)
}

function isNumeric(figure: SampledFigure): figure is NumericFigure {
  return figure.kind !== 'word' && figure.kind !== 'set'
}

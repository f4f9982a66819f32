import { benchFigures } from './bench-figures.js'
import { connectionFigures, pathFigures } from './connection-figures.js'
import { dataFigures } from './data-figures.js'
import type { Figure, SampledFigure } from './figure.js'
import { mediaFigures } from './media-figures.js'
import { sessionFigures, transferFigures, warningFigures } from './run-figures.js'
import { STREAM_FIGURES, streamFigures } from './stream-figures.js'

/** Every figure an expression can name, in the order of the documentation. */
export const FIGURES: readonly Figure[] = [
  ...pathFigures(),
  ...connectionFigures(),
  ...streamFigures(),
  ...dataFigures(),
  ...sessionFigures(),
  ...mediaFigures(),
  ...transferFigures(),
  ...benchFigures(),
  ...warningFigures(),
]

/** Those that samples bring, each once: `freezes` is only a short name. */
export const SAMPLED_FIGURES: readonly SampledFigure[] = FIGURES.filter(isSampled)

const FIGURE_BY_NAME = new Map(FIGURES.map((figure) => [figure.name, figure]))

export function findFigure(name: string): Figure | undefined {
  return FIGURE_BY_NAME.get(name)
}

/** The names for a help text; those of the streams, which are many, once for all directions and kinds. */
export function listFigureNames(): { names: string[]; ofEachStream: string[] } {
  const isOfStream = (name: string) => /^(in|out)bound\./.test(name)
  const names = FIGURES.map(({ name }) => name)
  return {
    names: names.filter((name) => !isOfStream(name)),
    ofEachStream: STREAM_FIGURES.map(({ name }) => name),
  }
}

function isSampled(figure: Figure): figure is SampledFigure {
  return figure.source.over === 'samples' && figure.name !== 'freezes'
}

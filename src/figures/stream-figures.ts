import type { StatsSummary, StreamStats } from '../events.js'
import { sampled, type Figure } from './figure.js'
import { NETWORK_FIGURES } from './network-figures.js'
import { PICTURE_FIGURES } from './picture-figures.js'
import { SOUND_FIGURES } from './sound-figures.js'
import { total, type StreamFigure } from './stream-figure.js'

/** What an RTP stream has; every direction and kind has its own of these. */
export const STREAM_FIGURES: readonly StreamFigure[] = [
  ...NETWORK_FIGURES,
  ...PICTURE_FIGURES,
  ...SOUND_FIGURES,
  total('codec', 'word', 'codec.mimeType', 'such as VP8 or opus', ({ codec }) => codec),
]

/** The figures of every direction and kind, such as `inbound.video.fps`. */
export function streamFigures(): Figure[] {
  const places = (['inbound', 'outbound'] as const).flatMap((direction) =>
    (['audio', 'video'] as const).map((kind) => ({ direction, kind })),
  )
  const all = places.flatMap((place) =>
    STREAM_FIGURES.filter(
      ({ only }) =>
        (only?.direction ?? place.direction) === place.direction && (only?.kind ?? place.kind) === place.kind,
    ).map((figure) => streamFigure(figure, place)),
  )
  const freezes = all.find(({ name }) => name === 'inbound.video.freezes')
  return freezes === undefined
    ? all
    : [...all, { ...freezes, name: 'freezes', describe: 'short for inbound.video.freezes' }]
}

function streamFigure(
  { name, kind, aggregate, from, describe, read, words }: StreamFigure,
  place: Pick<StreamStats, 'direction' | 'kind'>,
): Figure {
  const isThere = (stream: StreamStats) => stream.direction === place.direction && stream.kind === place.kind
  const readAll = ({ streams }: StatsSummary) =>
    streams.filter(isThere).map((stream) => ({ of: streamName(stream), value: read(stream) }))
  return {
    name: `${place.direction}.${place.kind}.${name}`,
    kind,
    source: { ...sampled(readAll), aggregate },
    from: `${place.direction}-rtp: ${from}`,
    describe,
    words,
    absent: `there was no ${place.direction} ${place.kind} stream`,
  }
}

function streamName({ mid, ssrc }: StreamStats): string {
  return mid === null ? `ssrc ${ssrc ?? '-'}` : `mid ${mid}, ssrc ${ssrc ?? '-'}`
}

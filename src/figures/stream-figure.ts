import type { StreamStats } from '../events.js'
import type { Aggregate } from './aggregate.js'
import type { FigureKind } from './figure-kind.js'

/** The streams that can have a figure; left out: of both directions, of both kinds. */
export type StreamPlace = Partial<Pick<StreamStats, 'direction' | 'kind'>>

/** One line of the table of what an RTP stream has; every direction and kind has a figure of its own of it. */
export interface StreamFigure {
  name: string
  kind: FigureKind
  aggregate: Aggregate
  /** Field of its W3C webrtc-stats dictionary. */
  from: string
  describe: string
  read: (stream: StreamStats) => number | string | null
  words?: readonly string[]
  only?: StreamPlace
}

type Row = [
  name: string,
  kind: FigureKind,
  from: string,
  describe: string,
  read: StreamFigure['read'],
  only?: StreamPlace,
]

/** What has another value in each sample: the run has its mean. */
export function gauge(...[name, kind, from, describe, read, only]: Row): StreamFigure {
  return { name, kind, aggregate: 'mean', from, describe, read, only }
}

/** What is counted since the stream began, or does not change: the run has its last. */
export function total(...[name, kind, from, describe, read, only]: Row): StreamFigure {
  return { name, kind, aggregate: 'last', from, describe, read, only }
}

export const INBOUND: StreamPlace = { direction: 'inbound' }
export const OUTBOUND: StreamPlace = { direction: 'outbound' }
export const VIDEO: StreamPlace = { kind: 'video' }
export const AUDIO: StreamPlace = { kind: 'audio' }
export const INBOUND_VIDEO: StreamPlace = { ...INBOUND, ...VIDEO }
export const OUTBOUND_VIDEO: StreamPlace = { ...OUTBOUND, ...VIDEO }
export const INBOUND_AUDIO: StreamPlace = { ...INBOUND, ...AUDIO }

/** The parts of a name such as `inbound.video.fps`; undefined for a figure that is not a stream's. */
export function splitStreamFigure(
  name: string,
): { place: string; direction: string; kind: string; figure: string } | undefined {
  const [, place, direction, kind, figure] = /^((in|out)bound\.(audio|video))\.(.+)$/.exec(name) ?? []
  if (place === undefined || direction === undefined || kind === undefined || figure === undefined)
    return undefined
  return { place, direction: `${direction}bound`, kind, figure }
}

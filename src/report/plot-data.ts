import type { Line } from './merged-series.js'
import { MAX_LINES, PLOT_KINDS, type PlotKind, type ReportFacts } from './report-facts.js'

/** How the values of a plot are written: by the script of the page, and in its tables. */
export type PlotUnit = 'bit/s' | 'B/s' | 'B' | 'ms' | '%' | ''

export interface PlotLine extends Line {
  label: string
}

export interface Plot {
  kind: PlotKind
  title: string
  unit: PlotUnit
  /** Seconds since the run began. */
  times: number[]
  lines: PlotLine[]
  /** Lines that there was no room for. */
  leftOut: number
}

/** What the script of the page draws. */
export interface PlotData {
  plots: Plot[]
  /** Of all of them, so that what happened at one time is at one place; seconds. */
  range: [from: number, to: number]
  marks: { time: number; label: string }[]
}

const TITLES: Readonly<Record<PlotKind, readonly [title: string, unit: PlotUnit]>> = {
  bitrate: ['Bitrate of the connection', 'bit/s'],
  streams: ['Bitrate of each stream', 'bit/s'],
  rtt: ['Round-trip time', 'ms'],
  loss: ['Packet loss', '%'],
  frames: ['Frames per second', ''],
  latency: ['Latency of the picture, from drawn to decoded', 'ms'],
  delay: ['Jitter and jitter buffer', 'ms'],
  buffered: ['Buffered on data channels', 'B'],
  transfer: ['Transfer', 'B/s'],
}

/** The plots that have something to show, on one axis of time. */
export function collectPlots(facts: ReportFacts): PlotData {
  const seconds = (timeMs: number) => Math.round(timeMs - facts.startedMs) / 1000
  const plots = PLOT_KINDS.flatMap((kind): Plot[] => {
    const series = facts.plots.get(kind)
    const all = [...(series?.lines() ?? [])].map(([label, line]) => ({ label, ...line }))
    const [title, unit] = TITLES[kind]
    const isEmpty =
      all.length === 0 || (kind === 'buffered' && all.every(({ max }) => max.every((most) => !most)))
    if (series === undefined || isEmpty) return []
    return [
      {
        kind,
        title,
        unit,
        times: series.times.map(seconds),
        lines: all.slice(0, MAX_LINES),
        leftOut: Math.max(0, all.length - MAX_LINES),
      },
    ]
  })
  const times = plots.flatMap((plot) => [plot.times.at(0) ?? 0, plot.times.at(-1) ?? 0])
  const from = times.length === 0 ? 0 : Math.min(...times)
  const to = times.length === 0 ? 0 : Math.max(...times)
  const marks = facts.marks.items.map(({ timeMs, label }) => ({ time: seconds(timeMs), label }))
  return { plots, range: [from, Math.max(to, from + 1)], marks }
}

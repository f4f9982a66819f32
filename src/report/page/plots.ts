import uPlot from 'uplot'
import type { Plot, PlotData, PlotUnit } from '../plot-data.js'

/** Draws the plots of a report into the places the page has for them, again whenever its size or its colours change. */

const HEIGHT = 190
/** What a page of paper has room for, in pixels of CSS. */
const PRINT_WIDTH = 660
const LINE_WIDTH = 1.75
const SI_PREFIXES = ['', 'k', 'M', 'G']

const drawn: uPlot[] = []

function main(): void {
  const data = readData()
  if (data === undefined) return
  const draw = (isPrinted = false) => {
    for (const plot of drawn.splice(0)) plot.destroy()
    for (const place of document.querySelectorAll<HTMLElement>('[data-plot]')) {
      const plot = data.plots[Number(place.dataset['plot'])]
      if (plot !== undefined) drawn.push(drawPlot(plot, data, place, isPrinted))
    }
    document.documentElement.dataset['plots'] = String(drawn.length)
  }
  draw()
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw())
  matchMedia('print').addEventListener('change', ({ matches }) => draw(matches))
  addEventListener('beforeprint', () => draw(true))
  addEventListener('afterprint', () => draw())
  new ResizeObserver(() => {
    for (const plot of drawn) {
      const width = widthOf(plot.root.parentElement)
      if (width !== plot.width) plot.setSize({ width, height: HEIGHT })
    }
  }).observe(document.body)
}

function readData(): PlotData | undefined {
  const text = document.querySelector('#plot-data')?.textContent
  if (text === undefined || text === null) return undefined
  const data: PlotData = JSON.parse(text)
  return data
}

function drawPlot(plot: Plot, { range, marks }: PlotData, place: HTMLElement, isPrinted: boolean): uPlot {
  const [min, max] = range
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const colorOf = (index: number) => color(`line-${index % 8}`)
  const format = (value: number | null) => formatValue(plot.unit, value)
  const read = (value: number | null) => (value === null ? '' : format(value))
  const axis: uPlot.Axis = {
    stroke: color('muted'),
    grid: { stroke: color('grid'), width: 1 },
    ticks: { stroke: color('grid'), width: 1, size: 4 },
    font: '11px system-ui, sans-serif',
  }
  const series: uPlot.Series[] = [{ label: 'Time', class: 'time' }]
  const values: uPlot.AlignedData = [plot.times]
  const bands: uPlot.Band[] = []
  for (const [index, line] of plot.lines.entries()) {
    const { label, mean } = line
    const stroke = colorOf(index)
    values.push(mean)
    series.push({
      label,
      stroke,
      width: LINE_WIDTH,
      spanGaps: false,
      points: { show: mean.length < 3 },
      value: (_plot, value: number | null) => read(value),
    })
    // Where points stand for several samples, the least and the most of them are a shade around the line.
    if (line.min.every((value, at) => value === line.max[at])) continue
    const edge = { stroke: 'transparent', points: { show: false }, label: '', class: 'edge' }
    values.push(line.max, line.min)
    series.push(edge, edge)
    bands.push({ series: [series.length - 2, series.length - 1], fill: `${stroke}2b` })
  }
  return new uPlot(
    {
      width: isPrinted ? PRINT_WIDTH : widthOf(place),
      height: HEIGHT,
      scales: { x: { time: false, auto: false, min, max }, y: { range: rangeOf } },
      axes: [
        { ...axis, values: (_plot, splits) => splits.map(formatTime), space: 60, size: 28 },
        { ...axis, values: (_plot, splits) => splits.map(format), size: 74, space: 34 },
      ],
      series,
      bands,
      cursor: { sync: { key: 'report' }, y: false, drag: { x: true, y: false } },
      legend: { live: !isPrinted },
      hooks: { draw: [(drawing) => drawMarks(drawing, marks, color('mark'))] },
    },
    values,
    place,
  )
}

/** From 0, so that heights compare, and a little above the most. */
function rangeOf(_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  const most = max ?? 1
  return [Math.min(0, min ?? 0), most > 0 ? most * 1.08 : 1]
}

/** A dashed line where something happened. */
function drawMarks(plot: uPlot, marks: PlotData['marks'], stroke: string): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = stroke
  ctx.fillStyle = stroke
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`
  let labelled = Number.NEGATIVE_INFINITY
  for (const { time, label } of marks) {
    const x = Math.round(plot.valToPos(time, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    // Labels that would lie on each other are left out; the table of warnings has them all.
    if (x < labelled) continue
    ctx.fillText(label, x + 4 * devicePixelRatio, bbox.top + 10 * devicePixelRatio)
    labelled = x + ctx.measureText(label).width + 12 * devicePixelRatio
  }
  ctx.restore()
}

function widthOf(place: HTMLElement | null): number {
  return Math.max(240, Math.floor(place?.getBoundingClientRect().width ?? 0))
}

/** `0:05`, `12:30`, `1:02:30`. */
function formatTime(seconds: number | null): string {
  if (seconds === null) return ''
  const rest = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const tenths = Number.isInteger(seconds) ? '' : (seconds % 1).toFixed(1).slice(1)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0
    ? `${hours}:${rest(minutes)}:${rest(seconds % 60)}`
    : `${minutes}:${rest(seconds % 60)}${tenths}`
}

function formatValue(unit: PlotUnit, value: number | null): string {
  if (value === null) return '-'
  if (unit === 'ms' || unit === '%' || unit === '')
    return `${Number(value.toPrecision(3))}${unit && ` ${unit}`}`
  const step = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / 3)
  const index = Math.min(Math.max(step, 0), SI_PREFIXES.length - 1)
  return `${Number((value / 1000 ** index).toPrecision(3))} ${SI_PREFIXES[index] ?? ''}${unit}`
}

main()

import { formatDuration } from '../terminal/format.js'
import { html, type Html } from './html.js'
import type { SetUpMoment, SetUpSteps } from './set-up-steps.js'

/** In units of the drawing, which is scaled to the page. */
const WIDTH = 760
const LABEL_WIDTH = 130
const VALUE_WIDTH = 70
const ROW_HEIGHT = 26
const BAR_HEIGHT = 12
const TOP_HEIGHT = 18
const MAX_TICKS = 6
/** Between a bar, or a line, and the words beside it. */
const GAP = 6

const ROWS_OF_MOMENTS: readonly { label: string; moments: readonly SetUpMoment['label'][] }[] = [
  { label: 'Local candidates', moments: ['local candidate', 'candidate error'] },
  { label: 'Remote candidates', moments: ['remote candidate'] },
  { label: 'First data', moments: ['first message', 'first frame'] },
]

/**
 * Draws how the connection came up: a bar a step, a dot a moment, in milliseconds since the peer was there. Null where
 * nothing was begun.
 */
export function drawTimeline(setUp: SetUpSteps, connectedMs: number | null): Html | null {
  const steps = setUp.steps()
  const { startMs } = setUp
  if (startMs === null || steps.length === 0) return null
  const { moments } = setUp
  const lastMs = lastMoment(setUp, connectedMs)
  const endMs = Math.max(lastMs, startMs + 1)
  const x = (timeMs: number) => {
    const ratio = (Math.min(Math.max(timeMs, startMs), endMs) - startMs) / (endMs - startMs)
    return round(LABEL_WIDTH + ratio * (WIDTH - LABEL_WIDTH - VALUE_WIDTH))
  }
  const rows = ROWS_OF_MOMENTS.filter((row) => moments.some(({ label }) => row.moments.includes(label)))
  const height = TOP_HEIGHT + (steps.length + rows.length) * ROW_HEIGHT + 24
  const y = (row: number) => TOP_HEIGHT + row * ROW_HEIGHT + ROW_HEIGHT / 2
  // Beside its bar, or beyond the line of the connection where that would go through it.
  const wordsAt = (barEnd: number) => {
    const line = connectedMs === null ? barEnd : x(connectedMs)
    return round((line >= barEnd && line < barEnd + VALUE_WIDTH ? line : barEnd) + GAP)
  }
  const bars = steps.map(({ label, startMs: from, endMs: to }, row) => {
    const until = Math.min(to ?? endMs, endMs)
    const width = Math.max(2, round(x(until) - x(from)))
    const took = to === null ? 'unfinished' : formatDuration(to - from)
    return html`<text x="0" y="${y(row)}" class="row-label">${label}</text
      ><rect
        class="bar bar-${row % 4}"
        x="${x(from)}"
        y="${y(row) - BAR_HEIGHT / 2}"
        width="${width}"
        height="${BAR_HEIGHT}"
        rx="3"
        ><title>${label}: ${took}</title></rect
      ><text x="${wordsAt(x(until))}" y="${y(row)}" class="took">${took}</text>`
  })
  const dots = rows.map(({ label, moments: kinds }, index) => {
    const row = steps.length + index
    const own = moments.filter((moment) => kinds.includes(moment.label))
    return html`<text x="0" y="${y(row)}" class="row-label">${label}</text>${own.map((moment) => {
        const at = formatDuration(moment.timeMs - startMs)
        const kind = moment.label.replaceAll(' ', '-')
        return html`<circle class="dot ${kind}" cx="${x(moment.timeMs)}" cy="${y(row)}" r="4"
          ><title>${moment.label} at ${at}</title></circle
        >`
      })}`
  })
  const axis = ticksUpTo(endMs - startMs).map(
    (tickMs) =>
      html`<line
          class="grid"
          x1="${x(startMs + tickMs)}"
          x2="${x(startMs + tickMs)}"
          y1="${TOP_HEIGHT}"
          y2="${height - 20}"
        /><text class="tick" x="${x(startMs + tickMs)}" y="${height - 6}">${formatDuration(tickMs)}</text>`,
  )
  const connected =
    connectedMs === null
      ? null
      : html`<line
            class="connected"
            x1="${x(connectedMs)}"
            x2="${x(connectedMs)}"
            y1="${TOP_HEIGHT - 4}"
            y2="${height - 20}"
          /><text class="tick" x="${x(connectedMs)}" y="8">connected</text>`
  return html`<div class="scroll">
    <svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="How the connection came up">
      ${axis}${connected}${bars}${dots}
    </svg>
  </div>`
}

/** Zero and whole steps of 1, 2 or 5 of a power of ten. */
function ticksUpTo(spanMs: number): number[] {
  const least = spanMs / MAX_TICKS
  const power = 10 ** Math.floor(Math.log10(least))
  const step = ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, tick) => tick * step)
}

/** Gathering goes on for long where a server is dead; what counts is over by then. */
function lastMoment(setUp: SetUpSteps, connectedMs: number | null): number {
  const ends = setUp.steps().map(({ startMs, endMs }) => endMs ?? startMs)
  const dots = setUp.moments.map(({ timeMs }) => timeMs)
  const all = [...ends, ...dots, ...(connectedMs === null ? [] : [connectedMs])]
  const latest = Math.max(...all)
  if (connectedMs === null || setUp.startMs === null) return latest
  const reasonable = setUp.startMs + (connectedMs - setUp.startMs) * 3 + 100
  return Math.min(latest, reasonable)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

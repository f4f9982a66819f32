import type { ChalkInstance } from 'chalk'
import type { PeerEventOf } from '../events.js'
import { allowsSpinner, colorLevel, type ColorChoice, type OutputStream } from './color.js'
import { formatBitrate, formatDuration, formatPercent } from './format.js'
import { columnsOf, openLiveRegion, type LiveRegion } from './live-region.js'
import { createLiveStats } from './live-stats.js'
import { mediaLines } from './media-quality-lines.js'
import { isPromptShown } from './prompt-line.js'
import { plainLines, type OutputLine } from './output-line.js'
import { hasBlocks } from './sparkline.js'
import { formatCandidatePairs, formatRawReport, formatStats } from './stats-table.js'

/** Where samples of statistics go: drawn in place, as tables one below the other, or in a line above a prompt. */
export interface StatsView extends Disposable {
  /** The lines to print, where the sample was not drawn in place. */
  show(event: PeerEventOf<'stats'>): OutputLine[]
  /** The lines to print of what came of a track, where it was not drawn in place. */
  showMedia(event: PeerEventOf<'media'>): OutputLine[]
  /** Leaves the last view where it is; what follows is printed below, first of all what was drawn and not printed. */
  end(): OutputLine[]
  /** From now on something else is drawn on this terminal: samples become lines. */
  giveWay(): void
}

export interface StatsViewOptions extends ColorChoice {
  stream: OutputStream
  chalk: ChalkInstance
  /** False where data goes to the same stream. */
  mayDraw: boolean
  /** What keys do while it is drawn in place. */
  keys: string
}

/** Redraws in place on a terminal that can; the same figures as plain lines everywhere else. */
export function openStatsView(options: StatsViewOptions): StatsView {
  const { stream, chalk, env, mayDraw, keys } = options
  const isLive = mayDraw && allowsSpinner(stream, env) && colorLevel(stream, options) > 0
  let gaveWay = false
  const live = createLiveStats()
  /** What came of each track: the window may be too narrow for it. */
  const drawnMedia = new Map<string, PeerEventOf<'media'>>()
  let region: LiveRegion | undefined

  const draw = () => {
    const { columns, rows } = windowOf(stream)
    const lines = live.lines({ columns, rows, ascii: !hasBlocks(env), keys })
    region?.draw(lines.map(({ lead, text }) => colour(chalk, lead, text)))
  }
  const close = () => {
    if (region === undefined) return
    stream.off('resize', draw)
    region[Symbol.dispose]()
    region = undefined
  }
  return {
    show(event) {
      // The raw dictionaries are more than a screen: they scroll. What was asked for is an answer of its own.
      if (!isLive || event.requested || event.report !== undefined) return tableLines(event)
      if (region?.isCovered) close()
      if (region === undefined && (gaveWay || isPromptShown())) return statusLines(event)
      if (region === undefined) {
        region = openLiveRegion(stream)
        stream.on('resize', draw)
      }
      live.add(event)
      draw()
      return []
    },
    showMedia(event) {
      // What comes before the first sample has its place in the view as well.
      const isFree = region === undefined ? !gaveWay && !isPromptShown() : !region.isCovered
      if (!isLive || !isFree) {
        drawnMedia.delete(event.id)
        return mediaLines(event)
      }
      drawnMedia.set(event.id, event)
      live.addMedia(event)
      draw()
      return []
    },
    end() {
      close()
      const lines = Array.from(drawnMedia.values()).flatMap((event) => mediaLines(event))
      drawnMedia.clear()
      return lines
    },
    giveWay() {
      gaveWay = true
      close()
    },
    [Symbol.dispose]: close,
  }
}

function tableLines({ summary, candidatePairs = [], report = [] }: PeerEventOf<'stats'>): OutputLine[] {
  return plainLines(
    'result',
    ...formatStats(summary),
    ...formatCandidatePairs(candidatePairs),
    ...formatRawReport(report),
  )
}

/** `stats at 12 s: direct, RTT 0.6 ms, out 1.2 Mbit/s, in 0.9 Mbit/s, loss 0 %`. */
function statusLines({ summary }: PeerEventOf<'stats'>): OutputLine[] {
  const { elapsedMs, candidatePair, transport, streams } = summary
  const roundTripSeconds = candidatePair?.currentRoundTripTime ?? null
  const losses = streams.map(({ lossRatio }) => lossRatio).filter((ratio) => ratio !== null)
  const facts = [
    candidatePair === null ? 'no path' : candidatePair.relayed ? 'relayed' : 'direct',
    `RTT ${formatDuration(roundTripSeconds === null ? null : roundTripSeconds * 1000)}`,
    `out ${formatBitrate(transport?.sendBitrate ?? null)}`,
    `in ${formatBitrate(transport?.receiveBitrate ?? null)}`,
    losses.length === 0 ? '' : `loss ${formatPercent(Math.max(...losses))}`,
  ]
  return plainLines(
    'result',
    `stats at ${formatDuration(elapsedMs)}: ${facts.filter((fact) => fact !== '').join(', ')}`,
  )
}

function colour(chalk: ChalkInstance, lead: OutputLine['lead'], text: string) {
  return lead === undefined
    ? { plain: text, colored: text }
    : { plain: `${lead.text}${text}`, colored: `${chalk[lead.color](lead.text)}${text}` }
}

function windowOf(stream: OutputStream): { columns: number; rows: number } {
  const { rows } = stream
  return { columns: columnsOf(stream), rows: rows !== undefined && rows > 0 ? rows : 24 }
}

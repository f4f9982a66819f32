import { Chalk } from 'chalk'
import type { CandidatePairSummary, PeerEvent } from '../events.js'
import { allowsSpinner, colorLevel, type ColorChoice, type OutputStream } from './color.js'
import { flushStreams } from './flush-streams.js'
import { errorLines, exitLines, warningLines } from './outcome-lines.js'
import { plainLines, type OutputLine } from './output-line.js'
import { openLineProgress, openSpinnerProgress, type ProgressDisplay } from './progress.js'
import { printable } from './printable.js'
import { printAbovePrompt } from './prompt-line.js'
import { expectLines } from './expect-lines.js'
import { benchLines } from './bench-lines.js'
import { commandLines } from './command-lines.js'
import { columnsOf } from './live-region.js'
import { impairmentLines } from './impairment-lines.js'
import { recordingLines, snapshotLines } from './media-lines.js'
import { adaptationLines } from './media-quality-lines.js'
import type { Reporter } from './reporter.js'
import { capabilitiesLines } from './capabilities-lines.js'
import { descriptionLines, sdpDifferenceLines, sdpFindingLines, sdpLines } from './sdp-lines.js'
import { runSummaryLines } from './run-summary-lines.js'
import { watchForStalls } from './stalled-progress.js'
import * as check from './check-lines.js'
import * as session from './session-lines.js'
import { openStatsView, type StatsView } from './stats-view.js'
import * as transfer from './transfer-lines.js'

export interface HumanReporterOptions extends ColorChoice {
  /** Where results and data go; stderr when stdout carries the verb's own data. */
  results: OutputStream
  talk: OutputStream
  quiet: boolean
  verbose: boolean
  /** What keys do while something is drawn in place, for a hint there. */
  keys?: string | undefined
}

/** Reports to people: results on one stream, what happens and what fails on the other. */
export function openHumanReporter(options: HumanReporterOptions): Reporter {
  const { results, talk } = options
  const print = openPrinter(options)
  const progress = {
    send: openProgress(options, print, 'sends'),
    receive: openProgress(options, print, 'receives'),
  }
  const statistics = openStatistics(options)
  const describe = openDescriber(progress, statistics, options)
  return {
    report(event, details) {
      const lines = describe(event, details?.cause)
      if (lines.length > 0) print(lines)
    },
    flush: (flushOptions) => flushStreams([results, talk], flushOptions),
    [Symbol.dispose]() {
      for (const display of Object.values(progress)) display[Symbol.dispose]()
      statistics[Symbol.dispose]()
    },
  }
}

type Print = (lines: readonly OutputLine[]) => void

function openPrinter({ results, talk, quiet, verbose, ...choice }: HumanReporterOptions): Print {
  const sinks = {
    result: { stream: results, chalk: new Chalk({ level: colorLevel(results, choice) }) },
    talk: { stream: talk, chalk: new Chalk({ level: colorLevel(talk, choice) }) },
  }
  const isWanted = ({ to }: OutputLine) =>
    to === 'result' || to === 'error' || (to === 'talk' ? !quiet : verbose && !quiet)
  return (lines) => {
    const wanted = lines.filter((line) => isWanted(line))
    if (wanted.length === 0) return
    printAbovePrompt(() => {
      for (const { to, lead, text } of wanted) {
        const { stream, chalk } = to === 'result' ? sinks.result : sinks.talk
        const start = lead === undefined ? '' : chalk[lead.color](lead.text)
        if (stream.writable) stream.write(`${start}${text}\n`)
      }
    })
  }
}

/** A session may send and receive at the same time: above its prompt a line says which of them it is of. */
function openProgress(
  { talk, quiet, ...choice }: HumanReporterOptions,
  print: Print,
  does: string,
): ProgressDisplay {
  if (!quiet && allowsSpinner(talk, choice.env)) {
    const abovePrompt = openLineProgress((line) => print(plainLines('talk', `${does} ${line}`)))
    return watchForStalls(openSpinnerProgress(talk, { color: colorLevel(talk, choice) > 0, abovePrompt }))
  }
  return watchForStalls(openLineProgress((line) => print(plainLines('talk', line))))
}

/** Data on standard output, and the progress of a transfer, are on the same terminal: a view in place would fight them. */
function openStatistics({ results, talk, keys = '', ...choice }: HumanReporterOptions): StatsView {
  const chalk = new Chalk({ level: colorLevel(results, choice) })
  return openStatsView({ ...choice, stream: results, chalk, keys, mayDraw: results !== talk })
}

/** Events to lines, with what depends on what came before: progress, the statistics, the pair shown last, a text. */
function openDescriber(
  progress: Record<'send' | 'receive', ProgressDisplay>,
  statistics: StatsView,
  { results, talk }: HumanReporterOptions,
): (event: PeerEvent, cause: unknown) => OutputLine[] {
  let pairShown: string | undefined
  let textShown = false
  let wasConnected = false
  const resumedBytes = { send: 0, receive: 0 }
  let relayed: boolean | null = null
  const describePair = (pair: CandidatePairSummary | null): OutputLine[] => {
    if (pair === null) return []
    relayed = pair.relayed
    // The same pair is reported with `connected` and as `candidate-pair`; its round trip time is not its identity.
    const identity = JSON.stringify([pair.local, pair.remote])
    if (identity === pairShown) return []
    pairShown = identity
    return session.candidatePairLines(pair)
  }
  const endProgress = () => {
    for (const display of Object.values(progress)) display.end()
  }
  return (event, cause) => {
    switch (event.event) {
      case 'listening':
        return session.listeningLines(event)
      case 'room':
        return session.roomLines(event)
      case 'peer-joined':
        wasConnected = false
        return session.peerJoinedLines(event)
      case 'peer-left':
        return session.peerLeftLines(event, { wasConnected })
      case 'candidate':
        return session.candidateLines(event)
      case 'state':
        return session.stateLines(event)
      case 'authenticated':
        return session.authenticatedLines(event)
      case 'connected':
        wasConnected = true
        pairShown = undefined
        return [...session.connectedLines(event), ...describePair(event.candidatePair)]
      case 'candidate-pair':
        return describePair(event)
      case 'chat':
        return session.chatLines(event)
      case 'track':
        return session.trackLines(event)
      case 'adaptation':
        return adaptationLines(event)
      case 'media':
        return statistics.showMedia(event)
      case 'source':
        return session.sourceLines(event)
      case 'track-change':
        return session.trackChangeLines(event)
      case 'check':
        return session.checkLines(event)
      case 'recording':
        return recordingLines(event)
      case 'snapshot':
        return snapshotLines(event)
      case 'transfer-offer':
        textShown = false
        statistics.giveWay()
        return transfer.transferOfferLines(event)
      case 'transfer-accepted':
        resumedBytes[event.direction] = event.resumedBytes
        return transfer.transferAcceptedLines(event)
      case 'text':
        textShown = true
        return transfer.textLines(event, results.isTTY === true)
      case 'transfer-progress':
        progress[event.direction].update({ ...event, relayed })
        return []
      case 'transfer-complete':
        progress[event.direction].end({ ...event, bytesTransferred: event.bytes, relayed })
        // A text is the result itself.
        return textShown ? [] : transfer.transferCompleteLines(event)
      case 'transfer-failed':
        progress[event.direction].end()
        return transfer.transferFailedLines(event, { resumedBytes: resumedBytes[event.direction] })
      case 'stats':
        return statistics.show(event)
      case 'metrics':
        return session.metricsLines(event)
      case 'stats-summary':
        return [...statistics.end(), ...runSummaryLines(event)]
      case 'bench':
        return benchLines(event)
      case 'impairment':
        return impairmentLines(event)
      case 'expect':
        return expectLines(event)
      case 'description':
        return descriptionLines(event)
      case 'sdp':
        return sdpLines(event)
      case 'sdp-finding':
        return sdpFindingLines(event)
      case 'sdp-difference':
        return sdpDifferenceLines(event)
      case 'capabilities':
        return capabilitiesLines(event)
      case 'check-network':
        return check.checkNetworkLines(event)
      case 'check-server':
        return check.checkServerLines(event)
      case 'check-nat':
        return check.checkNatLines(event)
      case 'check-connectivity':
        return check.checkConnectivityLines(event)
      case 'check-verdict':
        return check.checkVerdictLines(event)
      case 'command':
        return commandLines(event, talk.isTTY ? columnsOf(talk) : Infinity)
      case 'warning':
        return warningLines(event)
      case 'error':
        endProgress()
        return [...statistics.end(), ...errorLines(event, cause)]
      case 'exit':
        endProgress()
        return [...statistics.end(), ...exitLines(event)]
      default:
        return unknownEvent(event)
    }
  }
}

function unknownEvent(event: never): OutputLine[] {
  return plainLines('detail', printable(`unknown event ${JSON.stringify(event)}`))
}

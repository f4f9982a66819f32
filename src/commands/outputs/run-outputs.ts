import { Disposables } from '../../async/disposables.js'
import type { PeerEvent } from '../../events.js'
import type { Journal } from '../../session/journal.js'
import type { StatsFeed } from '../../stats/stats-feed.js'
import type { DumpArgs } from '../options/dump-options.js'
import type { ExportArgs } from '../options/export-options.js'
import type { RunArgs, RunContext } from '../run.js'

/** What a run is written to beside its events on the terminal: a file, a port. */
export interface RunOutput extends AsyncDisposable {
  /** Gets every event of the run, `exit` excepted. */
  onEvent?: (event: PeerEvent) => void
  /** Resolves when everything is written; rejects where it cannot be. Disposal gives up what is not. */
  finish?: (outcome: RunOutcome) => Promise<void>
}

/** What became of the run, as far as its verb is concerned. */
export interface RunOutcome {
  exitCode: number
  /** Why it failed, in a sentence; null where it did not. */
  failure: string | null
}

export interface RunOutputPlace {
  /** Subscribe to it before the connection is made. */
  feed: StatsFeed
  /** As the feed: what is subscribed before the connection is made gets all of it. */
  journal: Journal
  context: RunContext
  /** Masks addresses in what is written, where that was asked for. */
  redact: (text: string) => string
  /** Says at once that something cannot be written; the run goes on, and `finish` rejects. */
  onWriteFailure: (error: unknown) => void
}

/** Undefined where the options do not ask for it; rejects before anything is contacted where it cannot be opened. */
export type OpenRunOutput = (
  args: RunArgs & DumpArgs & ExportArgs,
  place: RunOutputPlace,
) => Promise<RunOutput | undefined>

/** Each kind of output is one file of its own and one line here; what it needs is loaded when it is asked for. */
const OPENERS: readonly OpenRunOutput[] = [
  async (args, place) =>
    args.dump === undefined ? undefined : (await import('./dump-output.js')).openDumpOutput(args, place),
  async (args, place) =>
    args.trace === undefined ? undefined : (await import('./trace-output.js')).openTraceOutput(args, place),
  async (args, place) =>
    args.report === undefined
      ? undefined
      : (await import('./report-output.js')).openReportOutput(args, place),
  async (args, place) =>
    args.sdp ? (await import('./sdp-output.js')).openSdpOutput(args, place) : undefined,
  async (args, place) =>
    args.csv === undefined ? undefined : (await import('./csv-output.js')).openCsvOutput(args, place),
  async (args, place) =>
    args.prometheus === undefined
      ? undefined
      : (await import('./prometheus-output.js')).openPrometheusOutput(args, place),
]

/** All outputs that the options ask for, as one. */
export async function openRunOutputs(
  args: RunArgs & DumpArgs & ExportArgs,
  place: RunOutputPlace,
): Promise<Required<RunOutput>> {
  await using opened = new Disposables()
  const outputs: RunOutput[] = []
  for (const open of OPENERS) {
    const output = await open(args, place)
    if (output) outputs.push(opened.use(output))
  }
  const owned = opened.move()
  return {
    onEvent: (event) => outputs.forEach((output) => output.onEvent?.(event)),
    async finish(outcome) {
      // Each is finished, whatever becomes of the others.
      const finished = await Promise.allSettled(outputs.map(async (output) => output.finish?.(outcome)))
      const failed = finished.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

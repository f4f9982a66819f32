import { Disposables } from '../../async/disposables.js'
import type { DumpArgs } from '../options/dump-options.js'
import type { ExportArgs } from '../options/export-options.js'
import type { RunArgs } from '../run.js'
import type { RunOutput, RunOutputPlace } from './run-output.js'

/** Undefined where the options do not ask for it; rejects before anything is contacted where it cannot be opened. */
type OpenRunOutput = (
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

import { openReportFile, type ReportFile } from '../../adapters/files/report-file.js'
import { PeerError, toPeerError } from '../../errors.js'
import type { ReportEvent } from '../../events.js'
import { warningOf } from '../../events/outcome-events.js'
import { formatJunit } from '../../expect/junit.js'
import {
  createExpectationRecorder,
  needStatistics,
  parseExpectations,
  type ExpectationRecorder,
} from '../../expect/recorder.js'
import { formatTap } from '../../expect/tap.js'
import { createJournal, type Journal } from '../../session/journal.js'
import { createStatsFeed, type StatsFeed } from '../../stats/stats-feed.js'
import { flushStreams } from '../../terminal/flush-streams.js'
import { createAddressMask } from '../../dump/address-mask.js'
import type { DumpArgs } from '../options/dump-options.js'
import type { ExportArgs } from '../options/export-options.js'
import type { ExpectArgs } from '../options/expect-options.js'
import { rejectLoneOptions } from '../options/lone-options.js'
import { redactError, redactEvent } from './redact-event.js'
import type { RunOutcome } from './run-output.js'
import { openRunOutputs } from './run-outputs.js'
import { run, type RunArgs, type RunContext, type RunOptions } from '../run.js'
import type { WatchContext } from './watch-stats.js'

/** A reader of standard output that does not read must not keep a run from ending. */
const FLUSH_TIMEOUT_MS = 1_000

export type MeasuredContext = RunContext & WatchContext & { journal: Journal }

interface MeasuredArgs extends RunArgs, ExpectArgs, DumpArgs, ExportArgs {
  _: (string | number)[]
}

/** `run` for a verb that can be held to expectations. */
export async function runMeasured(
  args: MeasuredArgs,
  verb: (context: MeasuredContext) => Promise<void>,
  { dataOnStdout = false, keys }: RunOptions = {},
): Promise<void> {
  await run(args, (context) => measure(args, context, verb), {
    // The document on standard output is the TAP; with --json there is none, only the error that says so.
    dataOnStdout: dataOnStdout || (args.tap === true && !args.json),
    keys,
  })
}

/** Gives the body the feed of its samples, and writes the run to what the options name. */
async function measure(
  args: MeasuredArgs,
  context: RunContext,
  body: (context: MeasuredContext) => Promise<void>,
): Promise<number> {
  rejectLoneOptions(args)
  const feed = createStatsFeed()
  const journal = createJournal()
  const redact = args.redact || args.redactEvents ? createAddressMask() : (text: string) => text
  const onWriteFailure = (error: unknown) => warnOfWrite(error, context)
  await using outputs = await openRunOutputs(args, { feed, journal, context, redact, onWriteFailure })
  const report: ReportEvent = (event) => {
    outputs.onEvent(event)
    context.report(args.redactEvents ? redactEvent(event, redact) : event)
  }
  let outcome: RunOutcome = { exitCode: 0, failure: null }
  try {
    const exitCode = await withExpectations(args, { ...context, report, feed, journal }, body)
    outcome = { exitCode, failure: null }
  } catch (thrown) {
    const error = failureOf(thrown, context)
    outcome = { exitCode: error.exitCode, failure: error.message }
    // The run's own failure is what it ends with, whatever becomes of its outputs.
    await outputs.finish(outcome).catch(() => undefined)
    throw args.redactEvents ? redactError(error, redact) : thrown
  }
  await outputs.finish(outcome)
  return outcome.exitCode
}

/** Said at once: who waits an hour for a dump wants to know in the first minute. */
function warnOfWrite(thrown: unknown, { report }: RunContext): void {
  const warning = warningOf(toPeerError(thrown))
  report({ ...warning, message: `${warning.message} The run goes on without it.` })
}

/**
 * Runs the body and holds what happened in it to `--expect`: reports one `expect` event each, also where the body
 * fails, and returns 1 where one does not hold. An expression that cannot be read costs no connection.
 */
async function withExpectations(
  args: MeasuredArgs,
  context: MeasuredContext,
  body: (context: MeasuredContext) => Promise<void>,
): Promise<number> {
  const expectations = parseExpectations(args.expect ?? [])
  if (args.tap && args.json) throw tapWithJson()
  await using junit = args.junit === undefined ? undefined : await openReportFile(args.junit, '--junit')
  const recorder = createExpectationRecorder(expectations)
  const ending = { args, recorder, junit, startedMs: performance.now(), context }
  try {
    if (needStatistics(expectations)) recordSamples(context.feed, recorder)
    await body(recordedContext(context, recorder))
  } catch (error) {
    // The run's own failure is what it ends with, whatever becomes of the report.
    await tell({ ...ending, failure: failureOf(error, context).message }).catch(() => undefined)
    throw error
  }
  return (await tell({ ...ending, failure: null })) ? 0 : 1
}

function recordSamples(feed: StatsFeed, recorder: ExpectationRecorder): void {
  feed.subscribe(({ summary }) => recorder.record({ event: 'stats', summary }))
}

function recordedContext(context: MeasuredContext, recorder: ExpectationRecorder): MeasuredContext {
  return {
    ...context,
    report(event) {
      // Statistics come through the feed, whether or not they are reported.
      if (event.event !== 'stats') recorder.record(event)
      context.report(event)
    },
  }
}

interface Ending {
  args: MeasuredArgs
  context: RunContext
  recorder: ExpectationRecorder
  junit: ReportFile | undefined
  startedMs: number
  /** Why the run failed; null where it did not. */
  failure: string | null
}

/** Tells what each expectation came to, wherever that was asked for; resolves with whether all of them hold. */
async function tell({ args, context, recorder, junit, startedMs, failure }: Ending): Promise<boolean> {
  const results = recorder.evaluate()
  const durationMs = performance.now() - startedMs
  if (args.tap) await writeOut(formatTap(results, { failure }))
  else for (const result of results) context.report({ event: 'expect', ...result })
  await junit?.write(formatJunit(results, { name: `webrtc-cli ${args._[0] ?? ''}`, durationMs, failure }))
  return results.every(({ ok }) => ok)
}

async function writeOut(text: string): Promise<void> {
  if (!process.stdout.writable) return
  process.stdout.write(text)
  await flushStreams([process.stdout], { signal: AbortSignal.timeout(FLUSH_TIMEOUT_MS) }).catch(
    () => undefined,
  )
}

function failureOf(thrown: unknown, { signal }: RunContext): PeerError {
  return toPeerError(signal.aborted ? signal.reason : thrown)
}

function tapWithJson(): PeerError {
  return new PeerError('USAGE', '--tap and --json both want standard output.', {
    hint: 'With --json every expectation is an event: {"event":"expect","ok":true,...}.',
  })
}

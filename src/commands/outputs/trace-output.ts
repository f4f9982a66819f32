import { openLineFile } from '../../adapters/files/line-file.js'
import { Trace } from '../../dump/trace.js'
import type { DumpArgs } from '../options/dump-options.js'
import type { RunArgs } from '../run.js'
import type { RunOutput, RunOutputPlace } from './run-output.js'

/** `--trace`: the run as a trace for Perfetto and chrome://tracing, written as it happens. */
export async function openTraceOutput(
  { trace: path, _: [verb] = [] }: RunArgs & DumpArgs & { _?: (string | number)[] },
  { journal, feed, redact, onWriteFailure }: RunOutputPlace,
): Promise<RunOutput | undefined> {
  if (path === undefined) return undefined
  const file = await openLineFile(path, { option: '--trace', onFailure: onWriteFailure })
  const trace = new Trace(journal.now())
  let isFinished = false
  const write = (events: string) => {
    // Nothing may follow the end of the array.
    if (!isFinished) file.append(redact(events))
  }
  write(trace.header(`webrtc-cli ${verb ?? ''}`))
  const facts = journal.subscribe((entry) => write(trace.entry(entry)))
  const samples = feed.subscribe(({ summary }) => write(trace.sample(summary, journal.now())))
  return {
    onEvent: (event) => write(trace.event(event, journal.now())),
    finish() {
      write(trace.finish())
      isFinished = true
      return file.finish()
    },
    async [Symbol.asyncDispose]() {
      for (const reading of [facts, samples]) reading[Symbol.dispose]()
      await file[Symbol.asyncDispose]()
    },
  }
}

import { fileURLToPath } from 'node:url'
import { openReportFile } from '../../adapters/files/report-file.js'
import { readTextFile } from '../../adapters/system/read-text.js'
import { ReportFacts } from '../../report/report-facts.js'
import { formatReport, type PageAssets } from '../../report/report-page.js'
import type { DumpArgs } from '../options/dump-options.js'
import type { RunArgs } from '../run.js'
import type { RunOutput, RunOutputPlace } from './run-output.js'
import { version } from '../version.js'

/** The library that draws is 50 KB. */
const MAX_ASSET_BYTES = 1024 * 1024

/** `--report`: the run as a page, written when it is over. */
export async function openReportOutput(
  { report: path, _: [verb] = [] }: RunArgs & DumpArgs & { _?: (string | number)[] },
  { journal, feed, redact, context }: RunOutputPlace,
): Promise<RunOutput | undefined> {
  if (path === undefined) return undefined
  const assets = await readAssets(context.signal)
  const file = await openReportFile(path, '--report')
  const facts = new ReportFacts(journal.now())
  const entries = journal.subscribe((entry) => facts.addEntry(entry))
  const samples = feed.subscribe(({ summary }) => facts.addSample(summary, journal.now()))
  const name = `webrtc-cli ${verb ?? ''}`.trim()
  return {
    onEvent: (event) => facts.addEvent(event, journal.now()),
    finish: (outcome) =>
      file.write(formatReport(facts, { name, version, outcome, endedMs: journal.now(), redact, assets })),
    async [Symbol.asyncDispose]() {
      for (const reading of [entries, samples]) reading[Symbol.dispose]()
      await file[Symbol.asyncDispose]()
    },
  }
}

/** What was built for the page, beside this file. */
async function readAssets(signal: AbortSignal): Promise<PageAssets> {
  const path = fileURLToPath(new URL('report-page.json', import.meta.url))
  const assets: PageAssets = JSON.parse(await readTextFile(path, { maxBytes: MAX_ASSET_BYTES, signal }))
  return assets
}

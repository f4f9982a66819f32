import { openLineFile } from '../../adapters/files/line-file.js'
import { csvHeader, csvRows } from '../../stats/csv-rows.js'
import type { ExportArgs } from '../options/export-options.js'
import type { RunOutput, RunOutputPlace } from './run-output.js'

/** `--csv`: every sample as rows of a table; the file is complete up to the last one while the run goes on. */
export async function openCsvOutput(
  { csv }: ExportArgs,
  { feed, redact, onWriteFailure }: RunOutputPlace,
): Promise<RunOutput | undefined> {
  if (csv === undefined) return undefined
  const file = await openLineFile(csv, { option: '--csv', onFailure: onWriteFailure })
  file.append(csvHeader())
  feed.subscribe((sample) => file.append(redact(csvRows(sample))))
  return file
}

import { openForWriting, writeFailure } from './output-file.js'

/** A file that is written once, at the end of a run. */
export interface ReportFile extends AsyncDisposable {
  write(text: string): Promise<void>
}

/**
 * Opens the file before the run, so that a path that cannot be written costs none; what an earlier run left there is
 * gone at once, because it must not pass for this run's. `option` is what named the path.
 */
export async function openReportFile(path: string, option: string): Promise<ReportFile> {
  const handle = await openForWriting(path, option)
  return {
    async write(text) {
      try {
        await handle.writeFile(text)
      } catch (cause) {
        throw writeFailure(cause, path, option)
      }
    },
    // Disposal never throws; what could not be written was said by `write`.
    [Symbol.asyncDispose]: () => handle.close().catch(() => undefined),
  }
}

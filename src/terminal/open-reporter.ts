import type { OutputStream } from './color.js'
import { openJsonReporter } from './json-reporter.js'
import type { Reporter } from './reporter.js'

export interface ReporterOptions {
  json: boolean
  quiet: boolean
  verbose: boolean
  /** False after `--no-color`. */
  color: boolean
  stdout: OutputStream
  stderr: OutputStream
  /** The verb's own data is on stdout (`pipe`, `receive-file -o -`), so everything reported goes to stderr. */
  dataOnStdout?: boolean
  /** What keys do while something is drawn in place. */
  keys?: string | undefined
  env?: Readonly<Record<string, string | undefined>>
  now?: () => Date
}

/** The reporter the options ask for; what only people need (chalk, ora) loads only for them. */
export async function openReporter(options: ReporterOptions): Promise<Reporter> {
  const { json, stdout, stderr, dataOnStdout = false, env = process.env, now } = options
  const results = dataOnStdout ? stderr : stdout
  if (json) return openJsonReporter(results, { now })
  const { openHumanReporter } = await import('./human-reporter.js')
  const { quiet, verbose, color, keys } = options
  return openHumanReporter({ results, talk: stderr, quiet, verbose, color, keys, env })
}

import { PeerError } from '../errors.js'
import { refusal } from './refusal.js'
import { run } from './run.js'

/** Reports what the parser refused, in the form the arguments ask for, and exits with 64 (or the error's own code). */
export async function failUsage(thrown: unknown, argv: readonly string[]): Promise<void> {
  const has = (...names: string[]) => names.some((name) => argv.includes(name))
  const args = {
    json: has('--json'),
    quiet: has('--quiet', '-q'),
    noColor: has('--no-color'),
    verbose: has('--verbose', '-v'),
  }
  await run(args, async () => {
    throw usageError(thrown, argv)
  })
}

function usageError(thrown: unknown, argv: readonly string[]): unknown {
  if (thrown instanceof PeerError || !(thrown instanceof Error)) return thrown
  // yargs throws its own YError for what it refuses; anything else is a defect.
  if (thrown.name !== 'YError' && thrown.name !== 'Error') return thrown
  const { message, hint } = refusal(thrown.message.replaceAll(/\s*\n\s*/g, ' '), argv)
  return new PeerError('USAGE', message, { hint, cause: thrown })
}

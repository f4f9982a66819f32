import type { Argv } from 'yargs'
import { CHECK_OPTIONS, CHECK_TIME_OPTIONS } from './options/check-options.js'
import { RUN_GROUP, withOptions, withOutputOptions } from './options/options.js'

/** `check`: declared here, done in check-run.ts. */
export function checkCommand(yargs: Argv) {
  return yargs.command(
    'check',
    'Network report: STUN and TURN servers, NAT, candidates, and a verdict',
    (builder) =>
      withOutputOptions(
        withOptions(withOptions(builder, 'Connection', CHECK_OPTIONS), RUN_GROUP, CHECK_TIME_OPTIONS),
      )
        .example(
          '$0 check --ice-server turn:user:password@turn.example.org',
          'Can peers here connect, and how',
        )
        .example(
          '$0 check --ice-server turns:turn.example.org --turn-secret SECRET',
          'Credentials out of a secret',
        ),
    async (args) => (await import('./check-run.js')).runCheck(args),
  )
}

import type { Argv } from 'yargs'

/** A parser that knows every verb. */
export type CreateParser = () => Argv

/** `completion`: declared here, done in completion-run.ts by what the help of all verbs says. */
export function completionCommand(yargs: Argv, createParser: CreateParser) {
  return yargs.command(
    'completion',
    'Print the script with which bash completes verbs and options',
    (builder) =>
      builder
        .example('$0 completion >> ~/.bashrc', 'In every bash from now on')
        .example('. <($0 completion)', 'In this one'),
    async () => (await import('./completion-run.js')).runCompletion(createParser),
  )
}

import type { Argv } from 'yargs'

/** Adds verbs to a parser. */
export type DeclareVerbs = (yargs: Argv) => void

/** `completion`: declared here, done in completion-run.ts with what all verbs declare. */
export function completionCommand(yargs: Argv, declareVerbs: DeclareVerbs) {
  return yargs.command(
    'completion',
    'Print the script with which bash completes verbs and options',
    (builder) =>
      builder
        .example('$0 completion >> ~/.bashrc', 'In every bash from now on')
        .example('. <($0 completion)', 'In this one'),
    async () => (await import('./completion-run.js')).runCompletion(declareVerbs),
  )
}

import yargs, { type Argv } from 'yargs'
import { answerCommand } from './commands/answer.js'
import { checkCommand } from './commands/check.js'
import { benchCommand } from './commands/bench.js'
import { completionCommand } from './commands/completion.js'
import { checkConfigKeys, loadConfigFile } from './commands/options/configured-defaults.js'
import { capabilitiesCommand } from './commands/capabilities.js'
import { demoCommand } from './commands/demo.js'
import { offerCommand } from './commands/offer.js'
import { OPTION_NAMES } from './commands/options/option-tables.js'
import { pipeCommand } from './commands/pipe.js'
import { receiveFileCommand } from './commands/receive-file.js'
import { sdpCommand } from './commands/sdp.js'
import { sendFileCommand } from './commands/send-file.js'
import { serveCommand } from './commands/serve.js'
import { statsCommand } from './commands/stats.js'
import { SHOW_ALL_OPTION } from './commands/options/show-all.js'
import { version } from './commands/version.js'

const VERBS = [
  offerCommand,
  answerCommand,
  sendFileCommand,
  receiveFileCommand,
  pipeCommand,
  statsCommand,
  benchCommand,
  serveCommand,
  sdpCommand,
  capabilitiesCommand,
  checkCommand,
  demoCommand,
]

const HELP_WIDTH = 100

function createParser(argv: string[] = []): Argv {
  const parser = yargs(argv)
    .scriptName('webrtc-cli')
    .usage('$0 VERB [OPTIONS]\n\nA WebRTC peer for the terminal and for CI.')
    // --no-ipv6 and its like are options of their own, not the negation of another.
    .parserConfiguration({ 'boolean-negation': false })
    .demandCommand(1, 1, 'Name a verb first: webrtc-cli VERB [OPTIONS].')
    .recommendCommands()
    .strict()
    .options(SHOW_ALL_OPTION)
    .wrap(Math.min(HELP_WIDTH, process.stdout.columns || HELP_WIDTH))
    .version(version)
    .epilogue('Exit codes: 0 done, 1 a check failed, 64 usage, 69 unavailable, 75 try again, 124 timed out.')
    .exitProcess(false)
    .fail(false)
  for (const declare of VERBS) declare(parser)
  return completionCommand(parser, createParser)
}

async function main(argv: string[]): Promise<void> {
  try {
    loadConfigFile(argv)
    checkConfigKeys(OPTION_NAMES)
    await createParser(argv).parseAsync()
  } catch (error) {
    const { failUsage } = await import('./commands/fail-usage.js')
    await failUsage(error, argv)
  }
}

await main(process.argv.slice(2))

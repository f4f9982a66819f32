import type { CreateParser } from './completion.js'
import { run } from './run.js'

/** What every parser has, whatever the verb. */
const COMMON = ['--help', '--all']

/**
 * `completion`: a script that knows everything that there is to type, so that a Tab starts no process. The completion
 * of yargs starts one, and it performs the verb where that has a parser of its own, as `send-file` does.
 */
export async function runCompletion(createParser: CreateParser): Promise<void> {
  await run({ json: false, quiet: false, verbose: false, noColor: false }, async () => {
    const verbs = await verbsOf(createParser)
    process.stdout.write(
      formatScript(
        await Promise.all(
          verbs.map(async (names) => ({ names, options: await optionsOf(names[0], createParser) })),
        ),
      ),
    )
  })
}

/** The name of every verb, and its other one where it has one. */
async function verbsOf(createParser: CreateParser): Promise<[string, ...string[]][]> {
  const help = await helpOf(['--help'], createParser)
  return Array.from(
    help.matchAll(/^ {2}webrtc-cli ([\w-]+).*?(?:\[aliases: ([\w-]+)\])?$/gm),
    ([, verb = '', alias]) => (alias === undefined ? [verb] : [verb, alias]),
  )
}

async function optionsOf(verb: string, createParser: CreateParser): Promise<string[]> {
  const help = await helpOf([verb, '--help'], createParser)
  const options = Array.from(help.matchAll(/^ +(?:-\w, )?(--[a-z][\w-]*)/gm), ([, option = '']) => option)
  return [...new Set([...options, ...COMMON])].toSorted()
}

/** Help is where every option of a verb comes together. */
function helpOf(words: string[], createParser: CreateParser): Promise<string> {
  return new Promise((resolve) => {
    void createParser()
      .wrap(null)
      .parse(words, (_error: unknown, _args: unknown, output: string) => resolve(output))
  })
}

/** Anything that is neither a verb nor an option is left to bash, which completes names of files. */
function formatScript(verbs: readonly { names: readonly string[]; options: readonly string[] }[]): string {
  const names = verbs.flatMap((verb) => verb.names)
  const cases = verbs.map(({ names: same, options }) => `${same.join('|')}) words='${options.join(' ')}' ;;`)
  return `_webrtc_cli() {
  local word=\${COMP_WORDS[COMP_CWORD]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${[...names, '--help', '--version'].join(' ')}'
  elif [[ $word == -* ]]; then
    case \${COMP_WORDS[1]} in
      ${cases.join('\n      ')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _webrtc_cli webrtc-cli
`
}

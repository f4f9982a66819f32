import { homedir } from 'node:os'
import type { Commander } from '../../control/obey.js'
import { parseControlLine, parseTypedLine, type GivenCommand } from '../../control/parse-command.js'
import { readLines } from '../../terminal/line-input.js'

/** The lines of standard input as commands, with a prompt for a person; an empty line says nothing. */
export async function* givenCommands(
  commander: Commander,
  signal: AbortSignal,
): AsyncGenerator<GivenCommand> {
  const prompt = commander === 'person' ? { prompt: '> ', output: process.stderr } : {}
  const home = homedir()
  const parse = (line: string) =>
    commander === 'person' ? parseTypedLine(line, { home }) : parseControlLine(line)
  for await (const line of readLines(process.stdin, { ...prompt, signal })) {
    if (line.trim() !== '') yield parse(line)
  }
}

/** The lines of a pipe as texts: a script's empty line is one of its lines. */
export async function* pipedLines(signal: AbortSignal): AsyncGenerator<string> {
  yield* readLines(process.stdin, { signal })
}

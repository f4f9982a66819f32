import type { AbortOptions } from '../async/abortable.js'
import { PeerError } from '../errors.js'
import type { OutputStream } from './color.js'
import { readLines, type InputStream } from './line-input.js'
import { printable } from './printable.js'

export interface AskOptions extends AbortOptions {
  input: InputStream
  output: OutputStream
  /** The option that answers yes without asking, such as `--yes`. */
  flag: string
  onInterrupt?: () => void
}

/**
 * Resolves with the answer of the person at the terminal; an empty line or the end of the input is a no. Where
 * nobody can answer it throws USAGE and names the option to pass.
 */
export async function askYesNo(question: string, options: AskOptions): Promise<boolean> {
  const { input, output, flag, signal, onInterrupt } = options
  const shown = printable(question)
  if (input.isTTY !== true || output.isTTY !== true) {
    throw new PeerError('USAGE', `Cannot ask "${shown}": there is no terminal to answer from.`, {
      hint: `Pass ${flag} to answer yes.`,
    })
  }
  for await (const line of readLines(input, { prompt: `${shown} [y/N] `, output, signal, onInterrupt })) {
    const answer = line.trim().toLowerCase()
    if (answer === 'y' || answer === 'yes') return true
    if (answer === '' || answer === 'n' || answer === 'no') return false
  }
  return false
}

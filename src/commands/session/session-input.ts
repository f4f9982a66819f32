import { fstatSync } from 'node:fs'
import type { ChatInputKind } from '../../chat/chat-message.js'
import type { Commander } from '../../control/obey.js'
import { PeerError } from '../../errors.js'

/** Where the words and the commands of a session come from. */
export type SessionInput =
  /** Texts: the lines of a pipe or a file, or none. */
  { from: 'lines'; kind: Exclude<ChatInputKind, 'interactive'> } | { from: 'commands'; commander: Commander }

export interface SessionInputArgs {
  control?: boolean | undefined
  message?: string[] | undefined
}

/** What standard input is to a session; USAGE where a media source reads it and `--control` wants to. */
export function sessionInput(
  { control = false, message = [] }: SessionInputArgs,
  { isSource }: { isSource: boolean },
): SessionInput {
  if (control && isSource) throw inputTaken()
  if (control) return { from: 'commands', commander: 'program' }
  // Scripts give their words with --message; standard input is then nobody's, or that of a media source.
  if (message.length > 0 || isSource) return { from: 'lines', kind: 'none' }
  if (process.stdin.isTTY) return { from: 'commands', commander: 'person' }
  return { from: 'lines', kind: hasLines() ? 'piped' : 'none' }
}

/** A pipe or file with an end, and neither closed nor /dev/null. */
function hasLines(): boolean {
  try {
    const stats = fstatSync(0)
    return stats.isFIFO() || stats.isFile() || stats.isSocket()
  } catch {
    return false
  }
}

function inputTaken(): PeerError {
  return new PeerError('USAGE', '--control and a media source cannot both read standard input.', {
    hint: 'Give the source as a file, or leave --control out.',
  })
}

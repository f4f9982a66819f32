import type { PeerEventOf } from '../events.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'

/** Nothing else tells that these are done. */
const QUIET_COMMANDS: readonly (string | null)[] = ['bitrate', 'restart-ice', 'decline', 'cancel']

/** What became of a command: a failure and what to try, what there is to type, or that it is done. */
export function commandLines({ command, error, commands = [] }: PeerEventOf<'command'>): OutputLine[] {
  if (error !== null) {
    const hint = error.hint === null ? [] : plainLines('error', `  ${printable(error.hint)}`)
    return [
      { to: 'error', lead: { text: 'no:', color: 'yellow' }, text: ` ${printable(error.message)}` },
      ...hint,
    ]
  }
  if (commands.length === 0) {
    return plainLines(
      QUIET_COMMANDS.includes(command) ? 'talk' : 'detail',
      `${printable(command ?? '')}: done`,
    )
  }
  const width = Math.max(...commands.map(({ usage }) => usage.length))
  return plainLines(
    'talk',
    ...commands.map(({ usage, describes }) => printable(`${usage.padEnd(width)}  ${describes}`)),
  )
}

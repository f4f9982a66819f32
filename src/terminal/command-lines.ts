import type { PeerEventOf } from '../events.js'
import { wrapWords } from './columns.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'

/** Nothing else tells that these are done. */
const QUIET_COMMANDS: readonly (string | null)[] = ['bitrate', 'restart-ice', 'decline', 'cancel']

/** A narrower column of text is hard to read. */
const LEAST_TEXT_CELLS = 24

/** What became of a command: a failure and what to try, what there is to type, or that it is done. */
export function commandLines(
  { command, error, commands = [] }: PeerEventOf<'command'>,
  width: number,
): OutputLine[] {
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
  return plainLines('talk', ...commands.flatMap((entry) => helpLines(entry, usageWidth(commands), width)))
}

type CommandHelp = NonNullable<PeerEventOf<'command'>['commands']>[number]

function usageWidth(commands: readonly CommandHelp[]): number {
  return Math.max(...commands.map(({ usage }) => usage.length))
}

/** What is typed and what it does, side by side; below each other where the terminal is too narrow for that. */
function helpLines({ usage, describes }: CommandHelp, usageCells: number, width: number): string[] {
  const label = `${printable(usage).padEnd(usageCells)}  `
  const room = width - label.length
  if (room >= LEAST_TEXT_CELLS) return wrapWords(label, printable(describes), width)
  return [printable(usage), ...wrapWords('    ', printable(describes), width)]
}

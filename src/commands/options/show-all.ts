import type { Options } from 'yargs'

export const SHOW_ALL = 'all'

/** With `--help`, `--all` shows the rare options too (yargs forgets its own `showHidden` inside a verb). */
export const SHOW_ALL_OPTION = {
  [SHOW_ALL]: { describe: 'With --help: rare options and figures too', boolean: true as const },
} satisfies Record<string, Options>

/** What completes options has to know the rare ones too. */
export function showsAll(): boolean {
  return process.argv.includes(`--${SHOW_ALL}`) || process.argv[2] === 'completion'
}

import { PeerError } from '../../errors.js'
import { configuredDefault } from './configured-defaults.js'
import { DUMP_OPTIONS, type DumpArgs } from './dump-options.js'
import { EXPECT_OPTIONS, type ExpectArgs } from './expect-options.js'
import { EXPORT_OPTIONS, type ExportArgs } from './export-options.js'

/** What only adds to another option, and what that is. */
const ADDITIONS = [
  ['junit', 'expect', 'EXPRESSION'],
  ['tap', 'expect', 'EXPRESSION'],
  ['prometheus-host', 'prometheus', 'PORT'],
  ['dump-format', 'dump', 'FILE'],
] as const

const TABLE = { ...EXPECT_OPTIONS, ...DUMP_OPTIONS, ...EXPORT_OPTIONS }

/**
 * Refuses an addition to an option that is not given: it would do nothing, and nobody would notice. In the environment
 * or the configuration file, which are for many runs, it is a preference.
 */
export function rejectLoneOptions(args: ExpectArgs & DumpArgs & ExportArgs): void {
  const isGiven = (name: (typeof ADDITIONS)[number][0 | 1]) =>
    [args[name] ?? []].flat().some((value) => value !== false)
  for (const [option, needed, value] of ADDITIONS) {
    if (!isGiven(option) || isGiven(needed) || configuredDefault(option, TABLE[option]) !== undefined)
      continue
    throw new PeerError('USAGE', `--${option} needs --${needed} ${value}.`)
  }
}

import type { Argv, Options } from 'yargs'
import { listFigureNames } from '../../figures/figures.js'
import { DUMP_OPTIONS } from './dump-options.js'
import { EXPORT_OPTIONS } from './export-options.js'
import { showsAll } from './show-all.js'
import { flag, rare, textOption, values, withOptions } from './options.js'

export const EXPECT_OPTIONS = {
  expect: values("Exit 1 unless this holds: 'rtt.p95 < 80ms'; repeatable"),
  junit: rare(textOption('Write what was expected as JUnit XML', '--junit')),
  tap: rare(flag('TAP 14 on stdout instead of results')),
} satisfies Record<string, Options>

export interface ExpectArgs {
  expect?: string[] | undefined
  junit?: string | undefined
  tap?: boolean | undefined
}

/** What a verb can be held to and written down as, beside its other measuring options; with `--all` the figures come after the options. */
export function withExpectOptions<T>(yargs: Argv<T>) {
  const declared = withOptions(withOptions(yargs, 'Measuring', EXPECT_OPTIONS), 'Measuring', {
    ...DUMP_OPTIONS,
    ...EXPORT_OPTIONS,
  })
  return showsAll() ? declared.epilogue(describeFigures()) : declared
}

function describeFigures(): string {
  const { names, ofEachStream } = listFigureNames()
  return `Figures for --expect: ${names.join(', ')}; after {inbound,outbound}.{audio,video}. also ${ofEachStream.join(', ')}`
}

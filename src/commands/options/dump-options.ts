import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { wordOf } from './option-values.js'
import { flag, rare, textOption, value } from './options.js'

const DUMP_FORMATS = ['rtcstats', 'webrtc-internals'] as const

/** What a run can be written down as, beside its events. */
export const DUMP_OPTIONS = {
  report: textOption('Write the run as a page (HTML)', '--report'),
  dump: rare(textOption('Write all that happens to the connection, for dump viewers', '--dump')),
  'dump-format': rare(value(DUMP_FORMATS.join(', '), wordOf('--dump-format', DUMP_FORMATS))),
  trace: rare(textOption('Write a trace for Perfetto and chrome://tracing', '--trace')),
  sdp: rare(flag('Print the session descriptions that are set')),
  redact: rare(flag('Mask addresses in what is written to files')),
  'redact-events': rare(flag('Mask them in what is printed too')),
} satisfies Record<string, Options>

export type DumpArgs = Partial<ArgumentsCamelCase<InferredOptionTypes<typeof DUMP_OPTIONS>>>

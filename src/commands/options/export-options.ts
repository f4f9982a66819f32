import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { integerOf } from './option-values.js'
import { rare, textOption, value } from './options.js'

/** Where samples go beside events: a table, a monitoring system. */
export const EXPORT_OPTIONS = {
  csv: rare(textOption('Write every sample to a table for a spreadsheet', '--csv')),
  prometheus: rare(value('Port for a Prometheus to read figures from', integerOf('--prometheus', 0, 65_535))),
  'prometheus-host': rare(textOption('Address of that port, 127.0.0.1 by default', '--prometheus-host')),
} satisfies Record<string, Options>

export type ExportArgs = Partial<ArgumentsCamelCase<InferredOptionTypes<typeof EXPORT_OPTIONS>>>

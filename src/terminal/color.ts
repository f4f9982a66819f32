import type { Writable } from 'node:stream'

/** A stream a reporter writes to; `isTTY`, `columns` and `rows` are there when it is a terminal. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number; rows?: number }

export interface ColorChoice {
  /** False after `--no-color`. */
  color: boolean
  env: Readonly<Record<string, string | undefined>>
}

/** chalk's level for a stream: 1 (16 colours) on a terminal that wants them, else 0. */
export function colorLevel(stream: OutputStream, { color, env }: ColorChoice): 0 | 1 {
  // no-color.org: set to anything but the empty string.
  const unwanted = !color || isSet(env['NO_COLOR']) || env['TERM'] === 'dumb'
  return stream.isTTY === true && !unwanted ? 1 : 0
}

/** Whether a line that redraws itself is welcome: on a terminal that can move its cursor and is not a CI log. */
export function allowsSpinner(stream: OutputStream, env: ColorChoice['env']): boolean {
  // A pseudo-terminal that was never given a size has 0 columns, and ora clears Infinity lines there for ever.
  const hasSize = stream.columns !== 0
  return stream.isTTY === true && hasSize && env['TERM'] !== 'dumb' && !isSet(env['CI'])
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

/**
 * One line for people and whom it is for: `result` is what was asked for, `talk` says what happens, `detail` is for
 * `--verbose`, `error` is shown whatever the options.
 */
export interface OutputLine {
  to: 'result' | 'talk' | 'detail' | 'error'
  /** The coloured beginning of the line. */
  lead?: { text: string; color: 'red' | 'green' | 'yellow' | 'cyan' | 'dim' }
  text: string
}

/** Lines without colour, all for the same audience. */
export function plainLines(to: OutputLine['to'], ...texts: string[]): OutputLine[] {
  return texts.map((text) => ({ to, text }))
}

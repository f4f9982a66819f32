const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII = ['_', '.', ':', '-', '=', '+', '*', '#']

/**
 * The last `width` values as a line of bars, the newest on the right, from 0 to the largest of them; what was not
 * measured is a gap. Shorter than `width` as long as there are fewer values.
 */
export function sparkline(
  values: readonly (number | null)[],
  { width, ascii = false }: { width: number; ascii?: boolean },
): string {
  const bars = ascii ? ASCII : BLOCKS
  const shown = width > 0 ? values.slice(-width) : []
  const max = Math.max(0, ...shown.filter((value) => value !== null))
  return shown.map((value) => (value === null ? ' ' : barOf(value, max, bars))).join('')
}

function barOf(value: number, max: number, bars: readonly string[]): string {
  const level = max > 0 ? Math.round((value / max) * (bars.length - 1)) : 0
  return bars[Math.max(0, level)] ?? ' '
}

/** Whether the terminal's character set has the bars (POSIX: the first of these that is set decides). */
export function hasBlocks(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  )
  return /utf-?8/i.test(locale ?? '')
}

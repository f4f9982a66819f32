/** With `--help`, `--all` shows the rare options too. */
export const SHOW_ALL = 'all'

import createIgnore from 'ignore'

/** Says whether an entry is left out; a directory that is takes everything inside with it. */
export type IsExcluded = (path: string, isDirectory: boolean) => boolean

/**
 * Patterns as in a `.gitignore`: `*.log` anywhere, `/build` at the top only, `cache/` directories only, `!keep.log`
 * takes back. A path is relative to the directory that was named, or is the name itself.
 */
export function createPathFilter(patterns: readonly string[]): IsExcluded {
  if (patterns.length === 0) return () => false
  const matcher = createIgnore({ ignorecase: false }).add(patterns)
  return (path, isDirectory) => matcher.ignores(isDirectory ? `${path}/` : path)
}

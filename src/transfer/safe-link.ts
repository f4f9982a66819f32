import { PeerError } from '../errors.js'
import { safePath, type SafePathOptions } from './safe-path.js'

/** Symbolic links inside directories: left out, sent as what they lead to, or sent as links. */
export const SYMLINK_POLICIES = ['skip', 'follow', 'keep'] as const
export type SymlinkPolicy = (typeof SYMLINK_POLICIES)[number]

/**
 * The target of a link that stands at `path` inside a directory that is sent, if it stays inside that directory;
 * UNSAFE_PATH otherwise. Up is allowed only at its beginning: there it leads through real directories, while behind
 * the name of another link `..` would lead anywhere.
 */
export function safeLinkTarget(path: string, target: string, options: SafePathOptions = {}): string {
  const names = target.split('/').filter((name) => name !== '.')
  const first = names.findIndex((name) => name !== '..')
  const ups = first === -1 ? names.length : first
  // The link's own name and the directory that was named on the command line do not count.
  if (names.length === 0 || ups > path.split('/').length - 2) throw leadsOut(path, target)
  if (first !== -1) safePath(names.slice(first).join('/'), options)
  return target.normalize('NFC')
}

function leadsOut(path: string, target: string): PeerError {
  return new PeerError(
    'UNSAFE_PATH',
    `The link ${JSON.stringify(path)} leads out of what is sent: ${JSON.stringify(target)}.`,
    { hint: 'Nothing was written. Send it without links, or with --symlinks follow.' },
  )
}

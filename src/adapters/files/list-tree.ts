import { constants, type BigIntStats } from 'node:fs'
import { lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { PeerError } from '../../errors.js'
import type { ManifestEntry } from '../../transfer/manifest.js'
import { safeLinkTarget, type SymlinkPolicy } from '../../transfer/safe-link.js'
import type { IsExcluded } from './path-filter.js'
import { describeSystemError } from './system-error.js'

/** Files of a directory that are looked at together: one after the other each would be a wait of its own. */
const MAX_AT_ONCE = 64

/** A pipe that took the place of the file must not make anybody wait. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

const OWNER_MAY_READ = 0o400n
const OTHERS_MAY_READ = 0o004n

export interface ListTreeOptions {
  isExcluded: IsExcluded
  symlinks: SymlinkPolicy
  /** Told what is left out although nobody asked for that: links and special files inside directories. */
  onSkipped: (path: string, why: string) => void
}

/** An entry and where it was found. */
export interface Listed {
  entry: ManifestEntry
  path: string
  stats: BigIntStats
}

/**
 * Lists what was named on the command line, and everything inside. A name given there is followed where it is a link.
 * INPUT_UNREADABLE says what stands in the way, USAGE that two would get the same name.
 */
export async function listTree(paths: readonly string[], options: ListTreeOptions): Promise<Listed[]> {
  const listed: Listed[] = []
  const names = new Set<string>()
  for (const path of paths) {
    const name = basename(resolve(path))
    if (names.has(name))
      throw new PeerError('USAGE', `Two of the paths would arrive as ${JSON.stringify(name)}.`)
    names.add(name)
    const stats = await inspect(path, statOf)
    if (!stats.isFile() && !stats.isDirectory()) {
      throw new PeerError('INPUT_UNREADABLE', `Cannot send ${path}: it is neither a file nor a directory.`)
    }
    if (options.isExcluded(name, stats.isDirectory())) continue
    const root = await inspect(path, (named) => realpath(named))
    await list({ path, name, stats }, { ...options, root, top: name, parents: [], listed })
  }
  return listed
}

interface Found {
  path: string
  /** In the manifest. */
  name: string
  stats: BigIntStats
}

interface Listing extends ListTreeOptions {
  /** The directory named on the command line, without links in its path. */
  root: string
  /** Its name in the manifest. */
  top: string
  /** The directories on the way to this one, so that a link back to one of them is noticed. */
  parents: readonly string[]
  listed: Listed[]
}

async function list({ path, name, stats }: Found, listing: Listing): Promise<void> {
  listing.listed.push({ path, stats, entry: entryOf(name, stats) })
  if (!stats.isDirectory()) return rejectUnreadable(path, stats)
  const inside = { ...listing, parents: [...listing.parents, identityOf(stats)] }
  const children = await namesIn(path)
  for (let start = 0; start < children.length; start += MAX_AT_ONCE) {
    const looking = children.slice(start, start + MAX_AT_ONCE).map((child) => look(path, name, child))
    for (const found of await Promise.all(looking)) await listChild(found, inside)
  }
}

/** Said before anybody waits for the file. The system is asked only where the mode leaves it open. */
async function rejectUnreadable(path: string, { uid, mode }: BigIntStats): Promise<void> {
  // Windows has no users of this kind, and everybody may read what it lists.
  const isOwn = uid === BigInt(process.geteuid?.() ?? 0)
  if ((mode & (isOwn ? OWNER_MAY_READ : OTHERS_MAY_READ)) !== 0n) return
  const file = await inspect(path, (named) => open(named, READ_FLAGS))
  await file.close()
}

async function look(directory: string, parent: string, child: string): Promise<Found> {
  const path = join(directory, child)
  return { path, name: `${parent}/${child}`, stats: await inspect(path, lstatOf) }
}

async function listChild(found: Found, listing: Listing): Promise<void> {
  const { name, stats } = found
  if (listing.isExcluded(name.slice(listing.top.length + 1), stats.isDirectory())) return
  if (stats.isSymbolicLink()) await listLink(found, listing)
  else await listKnown(found, listing)
}

async function listKnown(found: Found, listing: Listing): Promise<void> {
  const { path, stats } = found
  if (stats.isFile() || stats.isDirectory()) await list(found, listing)
  else listing.onSkipped(path, 'it is a special file')
}

async function listLink(found: Found, listing: Listing): Promise<void> {
  const { path } = found
  switch (listing.symlinks) {
    case 'skip':
      return listing.onSkipped(path, 'it is a symbolic link')
    case 'keep':
      return listKept(found, listing)
    case 'follow':
      return listFollowed(found, listing)
    default:
      return listing.symlinks satisfies never
  }
}

/** As a link, if whoever gets it cannot be led anywhere else by it. */
async function listKept({ path, name, stats }: Found, { listed, onSkipped }: Listing): Promise<void> {
  const target = await inspect(path, (link) => readlink(link))
  try {
    safeLinkTarget(name, target, { allowHidden: true })
  } catch {
    return onSkipped(path, `it is a link to ${JSON.stringify(target)}, which may lead out of what is sent`)
  }
  listed.push({ path, stats, entry: { ...entryOf(name, stats), type: 'symlink', target } })
}

/** As what it leads to, if that is inside of what was named and not around the link itself. */
async function listFollowed(found: Found, listing: Listing): Promise<void> {
  const { path, name } = found
  const target = await realpath(path).catch(() => undefined)
  if (target === undefined) return listing.onSkipped(path, 'it is a link that leads nowhere')
  if (relative(listing.root, target).split(sep)[0] === '..')
    return listing.onSkipped(path, 'it is a link that leads out of what is sent')
  const stats = await inspect(path, statOf)
  if (stats.isDirectory() && listing.parents.includes(identityOf(stats)))
    return listing.onSkipped(path, 'it is a link to a directory around it')
  return listKnown({ path, name, stats }, listing)
}

function entryOf(path: string, stats: BigIntStats): ManifestEntry {
  const isFile = stats.isFile()
  return {
    path,
    type: isFile ? 'file' : 'directory',
    size: isFile ? Number(stats.size) : 0,
    mode: Number(stats.mode & 0o777n),
    mtimeMs: Number(stats.mtimeMs),
  }
}

const statOf = (path: string) => stat(path, { bigint: true })
const lstatOf = (path: string) => lstat(path, { bigint: true })

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

async function inspect<T>(path: string, look: (path: string) => Promise<T>): Promise<T> {
  try {
    return await look(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    // In an order of their own, so that the same directory is the same manifest on every machine.
    return (await readdir(path)).toSorted()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** INPUT_UNREADABLE for a path that cannot be looked at or opened. */
export function unreadable(path: string, cause: unknown): PeerError {
  return new PeerError('INPUT_UNREADABLE', `Cannot read ${path}: ${describeSystemError(cause)}.`, { cause })
}

import { chmod, mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { PeerError } from '../../errors.js'
import { hasContent, type ManifestEntry } from '../../transfer/manifest.js'
import { OWNER_BITS } from './anchored-directory.js'
import { freeName } from './free-name.js'
import { describeSystemError, systemErrorCode } from './system-error.js'

/** Where the entries of a transfer go. */
export interface TargetPlaces {
  /** The directory that everything is in. */
  root: string
  pathOf(entry: Pick<ManifestEntry, 'path'>): string
}

/**
 * Says where each entry goes, and creates the directory that all of them are in. Files go into `output` when it is an
 * existing directory, ends in a slash, or more than one name comes; else `output` is the one file's own path. With
 * `rename` a top-level name that is taken gets a number.
 */
export async function placeEntries(
  entries: readonly ManifestEntry[],
  output: string,
  { rename }: { rename: boolean },
): Promise<TargetPlaces> {
  const tops = new Set(entries.map(({ path }) => topOf(path)))
  const single = entries.length === 1 && entries.every(hasContent)
  const isDirectory = /[/\\]$/.test(output) || !single || (await isExistingDirectory(output))
  const root = resolve(isDirectory ? output : dirname(resolve(output)))
  if (isDirectory) await createDirectories(root)
  const names = new Map<string, string>()
  for (const top of tops) {
    const name = isDirectory ? top : basename(output)
    names.set(top, rename ? await freeName(root, name) : name)
  }
  const paths = new Map<string, string>()
  for (const { path } of entries) {
    const [top = '', ...rest] = path.split('/')
    paths.set(path, join(root, names.get(top) ?? top, ...rest))
  }
  return {
    root,
    pathOf({ path }) {
      const placed = paths.get(path)
      if (placed?.startsWith(root + sep) || (placed && root === sep)) return placed
      throw new PeerError('INTERNAL', `There is no place for ${JSON.stringify(path)}.`)
    },
  }
}

function topOf(path: string): string {
  return path.split('/', 1)[0] ?? path
}

async function isExistingDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return false
    throw new PeerError('OUTPUT_UNWRITABLE', `Cannot write to ${path}: ${describeSystemError(cause)}.`, {
      cause,
    })
  }
}

async function createDirectories(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    const { mode } = await stat(path)
    if ((mode & OWNER_BITS) !== OWNER_BITS) await chmod(path, mode | OWNER_BITS)
  } catch (cause) {
    throw new PeerError('OUTPUT_UNWRITABLE', `Cannot create ${path}: ${describeSystemError(cause)}.`, {
      cause,
    })
  }
}

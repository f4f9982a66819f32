import { execFile } from 'node:child_process'
import { findOnPath } from './programs.js'

/** A disk that takes longer than this for what is waiting for it is asked file by file. */
const TIMEOUT_MS = 60_000

/**
 * Syncs the whole file system that this directory is on (syncfs(2)), which Node has no call for: `sync -f` of GNU, BusyBox
 * and uutils does it. Rejects where there is no such program.
 */
export async function syncFileSystem(directory: string): Promise<void> {
  // Elsewhere `sync` may take no file, or come back before it is done.
  const program = process.platform === 'linux' ? await findOnPath('sync') : null
  if (program === null) throw new Error('This system has no sync of a file system.')
  await new Promise<void>((resolve, reject) => {
    execFile(program, ['-f', directory], { timeout: TIMEOUT_MS }, (error) =>
      error ? reject(error) : resolve(),
    )
  })
}

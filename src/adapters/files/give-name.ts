import { closeSync, constants, linkSync, openSync, renameSync, unlinkSync } from 'node:fs'
import { systemErrorCode } from './system-error.js'

/**
 * Gives a part its final name. Without `overwrite` nothing that has it is replaced: link(2) fails with EEXIST where
 * rename(2) would replace; file systems without links get create-then-rename. A few microseconds, so nobody waits.
 */
export function giveName(part: string, final: string, { overwrite }: { overwrite: boolean }): void {
  if (overwrite) return renameSync(part, final)
  try {
    linkSync(part, final)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemErrorCode(error) ?? '')) throw error
    closeSync(openSync(final, constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW))
    return renameSync(part, final)
  }
  unlinkSync(part)
}

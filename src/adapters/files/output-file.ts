import { open, type FileHandle } from 'node:fs/promises'
import { PeerError } from '../../errors.js'
import { describeCreateError, describeSystemError, systemErrorCode } from './system-error.js'

/** Creates or empties a file that an option named; OUTPUT_UNWRITABLE where that cannot be. */
export async function openForWriting(path: string, option: string): Promise<FileHandle> {
  try {
    return await open(path, 'w')
  } catch (cause) {
    throw new PeerError(
      'OUTPUT_UNWRITABLE',
      `Cannot create ${path} (${option}): ${describeCreateError(cause, path)}.`,
      { cause },
    )
  }
}

/** What a failed write to such a file means: NO_SPACE, or another IO_ERROR. */
export function writeFailure(cause: unknown, path: string, option: string): PeerError {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(cause) ?? '')
  return new PeerError(
    isFull ? 'NO_SPACE' : 'IO_ERROR',
    `Cannot write ${path} (${option}): ${describeSystemError(cause)}.`,
    { cause, ...(isFull ? { hint: 'Free space, or name another file system.' } : {}) },
  )
}

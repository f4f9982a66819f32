import { statfs } from 'node:fs/promises'
import { PeerError } from '../../errors.js'
import { describeSystemError } from './system-error.js'

/** Kept free on the target's file system beyond the announced size. */
const SPARE_SPACE_RATIO = 1.05

/** NO_SPACE where the file system of this directory has not room for so many bytes and some more. */
export async function rejectTooLarge(directory: string, bytes: number): Promise<void> {
  const free = await freeBytes(directory)
  if (free >= bytes * SPARE_SPACE_RATIO) return
  throw new PeerError('NO_SPACE', `The files need ${bytes} bytes, ${directory} has ${free} free.`, {
    hint: 'Free some space or choose another place with -o.',
  })
}

async function freeBytes(directory: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  } catch (cause) {
    throw new PeerError('OUTPUT_UNWRITABLE', `Cannot write to ${directory}: ${describeSystemError(cause)}.`, {
      cause,
    })
  }
}

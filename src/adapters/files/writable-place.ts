import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { PeerError } from '../../errors.js'
import { describeSystemError, systemErrorCode } from './system-error.js'

/**
 * Rejects with OUTPUT_UNWRITABLE where no file can go to `output`, so that it is known before anybody is waited for:
 * into the directory that it is or is in, or the nearest one above in which that would be made.
 */
export async function rejectUnwritablePlace(output: string): Promise<void> {
  try {
    const directory = await directoryOf(output)
    // An own directory that is named is made writable when something comes.
    if (directory === resolve(output) && (await stat(directory)).uid === process.geteuid?.()) return
    await access(directory, constants.W_OK | constants.X_OK)
  } catch (cause) {
    if (cause instanceof PeerError) throw cause
    throw unwritable(output, describeSystemError(cause), cause)
  }
}

async function directoryOf(output: string): Promise<string> {
  const place = resolve(output)
  const isDirectory = await isExistingDirectory(place)
  if (isDirectory === false && /[/\\]$/.test(output)) throw unwritable(output, 'it is not a directory')
  if (isDirectory) return place
  let above = dirname(place)
  while ((await isExistingDirectory(above)) === undefined) above = dirname(above)
  return above
}

/** Undefined for what does not exist. */
async function isExistingDirectory(path: string): Promise<boolean | undefined> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function unwritable(output: string, why: string, cause?: unknown): PeerError {
  return new PeerError('OUTPUT_UNWRITABLE', `Cannot write to ${output} (-o): ${why}.`, {
    hint: 'Choose another place with -o.',
    cause,
  })
}

import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'

/** Printing a version takes milliseconds, and seconds from a cold disk on a busy machine; one that hangs is given up. */
const VERSION_TIMEOUT_MS = 10_000

const EXECUTABLE_SUFFIXES = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : ['']

export interface FoundProgram {
  path: string | null
  /** What it says of itself after `version`; null where it does not. */
  version: string | null
}

/**
 * Looks a program up on PATH, or where the name is a path of its own there, and asks it for its version with
 * `-version`, as ffmpeg and its kin answer it.
 */
export async function findProgram(name: string, { signal }: { signal: AbortSignal }): Promise<FoundProgram> {
  const path = await findProgramPath(name)
  return { path, version: path === null ? null : await askVersion(path, signal) }
}

/** Where a program is, by its name on PATH or by its path; null where it is not. Starts nothing. */
export async function findProgramPath(name: string): Promise<string | null> {
  return /[/\\]/.test(name) ? await executableAt(resolve(name)) : await findOnPath(name)
}

async function executableAt(path: string): Promise<string | null> {
  return (await isExecutable(path)) ? path : null
}

/** Where on PATH the program is; null where it is not. */
export async function findOnPath(name: string): Promise<string | null> {
  // A relative entry would run what lies in the working directory.
  const directories = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => directory.startsWith('/') || /^[A-Za-z]:/.test(directory))
  for (const directory of directories) {
    for (const suffix of EXECUTABLE_SUFFIXES) {
      const path = join(directory, name + suffix)
      if (await isExecutable(path)) return path
    }
  }
  return null
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

function askVersion(path: string, signal: AbortSignal): Promise<string | null> {
  return new Promise((done) => {
    execFile(
      path,
      ['-version'],
      { timeout: VERSION_TIMEOUT_MS, signal, windowsHide: true },
      (_error, stdout) => done(/version (\S+)/.exec(stdout)?.[1] ?? null),
    )
  })
}

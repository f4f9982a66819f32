import { spawn } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryDirectory } from '../../support/files.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface ProgramEnd {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

interface RunModuleOptions {
  cwd?: string
  /** Of Node itself. */
  flags?: readonly string[]
}

/** Runs an ES module that has the binding as `wrtc` in a process of its own; resolves when that has ended. */
export function runWithBinding(source: string, options?: RunModuleOptions): Promise<ProgramEnd> {
  return runModule(`import wrtc from '@roamhq/wrtc'\n${source}`, options)
}

/** What is added to the length of the directory of each attempt. */
const CRASH_ATTEMPTS = [0, 1, 7, 20, 55]

/**
 * Whether such a module ends by SIGSEGV. What is freed too early is still there in some layouts of the memory, and the
 * length of the binding's path is enough to change that: so it is tried from directories of several lengths.
 */
export async function segfaults(source: string): Promise<boolean> {
  for (const added of CRASH_ATTEMPTS) {
    const cwd = join(await temporaryDirectory(), `a${'b'.repeat(added)}`)
    await mkdir(cwd)
    await symlink(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
    const { signal } = await runWithBinding(source, { cwd, flags: ['--preserve-symlinks'] })
    if (signal === 'SIGSEGV') return true
  }
  return false
}

/** Runs an ES module in a process of its own; a test that ends before kills it. */
export async function runModule(
  source: string,
  { cwd = ROOT, flags = [] }: RunModuleOptions = {},
): Promise<ProgramEnd> {
  const child = spawn(process.execPath, [...flags, '--input-type=module', '--eval', source], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 8_000,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface ProgramEnd {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Runs an ES module that has the binding as `wrtc` in a process of its own; resolves when that has ended. */
export function runWithBinding(source: string): Promise<ProgramEnd> {
  return runModule(`import wrtc from '@roamhq/wrtc'\n${source}`)
}

/** It is a race with the binding's threads, which the crash does not win every time. */
const CRASH_ATTEMPTS = 5

/** Whether such a module ends by SIGSEGV, at least now and then. */
export async function segfaults(source: string): Promise<boolean> {
  for (let attempt = 0; attempt < CRASH_ATTEMPTS; attempt++) {
    const { signal } = await runWithBinding(source)
    if (signal === 'SIGSEGV') return true
  }
  return false
}

/** Runs an ES module in a process of its own; a test that ends before kills it. */
export async function runModule(source: string): Promise<ProgramEnd> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: ROOT,
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

import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Blocks this process's event loop for so many milliseconds. */
export function blockFor(durationMs: number): void {
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs);
}

/** They end by themselves too: where a test's process dies, nothing may keep the machine busy. */
const BUSY_MS = 60_000

/** Keeps every core busy with so many processes, until it is disposed of. */
export function startLoad({ processesPerCore }: { processesPerCore: number }): Disposable {
  const script = `const endMs = Date.now() + ${BUSY_MS}; while (Date.now() < endMs);`
  const processes = Array.from({ length: processesPerCore * availableParallelism() }, () =>
    // Each a session of its own: Linux shares a core among sessions first, and what is tested has one too.
    spawn(process.execPath, ['-e', script], { stdio: 'ignore', detached: true }),
  )
  return {
    [Symbol.dispose]: () => {
      for (const one of processes) one.kill('SIGKILL')
    },
  }
}

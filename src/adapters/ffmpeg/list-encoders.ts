import { execFile } from 'node:child_process'

/** The list is printed in milliseconds; one that hangs is not waited for. */
const TIMEOUT_MS = 5_000
const MAX_BYTES = 1024 * 1024

/** The names of the encoders that this ffmpeg was built with; empty where it does not say. */
export function listEncoders(path: string, { signal }: { signal: AbortSignal }): Promise<Set<string>> {
  return new Promise((resolve) => {
    execFile(
      path,
      ['-hide_banner', '-encoders'],
      { timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, signal, windowsHide: true },
      (_error, stdout) =>
        resolve(new Set(Array.from(stdout.matchAll(/^ [VAS][A-Z.]{5} (\S+)/gm), ([, name = '']) => name))),
    )
  })
}

import { execFile } from 'node:child_process'

/** It answers in milliseconds, and in seconds from a cold disk on a busy machine; one that hangs is given up. */
const TIMEOUT_MS = 10_000
const MAX_BYTES = 1024 * 1024

/** What an ffmpeg says of itself. */
export interface FfmpegAnswer {
  /** As it writes it, such as `5.1.9-0+deb12u1`; null where it is no ffmpeg or cannot be started. */
  version: string | null
  /** The names of the encoders it was built with; empty where it does not say. */
  encoders: ReadonlySet<string>
}

/**
 * Starts it once for both: to load its libraries takes longer than to answer. The version is in the banner, which goes
 * to standard error.
 */
export function askFfmpeg(path: string, { signal }: { signal: AbortSignal }): Promise<FfmpegAnswer> {
  return new Promise((resolve) => {
    execFile(
      path,
      ['-encoders'],
      { timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, signal, windowsHide: true },
      (_error, stdout, stderr) =>
        resolve({
          version: /version (\S+)/.exec(stderr)?.[1] ?? null,
          encoders: new Set(Array.from(stdout.matchAll(/^ [VAS][A-Z.]{5} (\S+)/gm), ([, name = '']) => name)),
        }),
    )
  })
}

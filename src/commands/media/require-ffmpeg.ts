import { dirname, join } from 'node:path'
import { askFfmpeg, type FfmpegAnswer } from '../../adapters/ffmpeg/ask-ffmpeg.js'
import { isTooOld, MIN_FFMPEG_VERSION } from '../../adapters/ffmpeg/ffmpeg-version.js'
import { findProgramPath } from '../../adapters/system/programs.js'
import { PeerError } from '../../errors.js'

const HINT =
  'Install ffmpeg (apt install ffmpeg, brew install ffmpeg), or name it with --ffmpeg. Synthetic sources, .y4m, .png and .wav need none.'

export interface Ffmpeg {
  /** Of the program. */
  path: string
  version: string
  encoders: FfmpegAnswer['encoders']
  /** Of ffprobe, which comes with it and lies beside it; undefined where it does not. */
  findProbe: () => Promise<string>
}

export interface FfmpegContext {
  /** What `--ffmpeg` names. */
  ffmpeg?: string | undefined
  signal: AbortSignal
}

/**
 * Finds the system's ffmpeg, or the one that `--ffmpeg` names; throws FFMPEG_UNAVAILABLE (69) where it is missing, too
 * old or cannot be started. `what` is what it is needed for, as in "PLAYING a.mp4 needs ffmpeg".
 */
export async function requireFfmpeg(
  what: string,
  { ffmpeg = 'ffmpeg', signal }: FfmpegContext,
): Promise<Ffmpeg> {
  const path = await findProgramPath(ffmpeg)
  const { major, minor } = MIN_FFMPEG_VERSION
  if (path === null) {
    const where = ffmpeg === 'ffmpeg' ? 'which is not on the PATH' : `and there is no program at ${ffmpeg}`
    throw new PeerError('FFMPEG_UNAVAILABLE', `${what} needs ffmpeg, ${where}.`, { hint: HINT })
  }
  const { version, encoders } = await askOnce(path, signal)
  signal.throwIfAborted()
  if (version === null) {
    throw new PeerError(
      'FFMPEG_UNAVAILABLE',
      `${what} needs ffmpeg, and ${path} does not say that it is one.`,
      {
        hint: HINT,
      },
    )
  }
  if (isTooOld(version)) {
    throw new PeerError(
      'FFMPEG_UNAVAILABLE',
      `${what} needs ffmpeg ${major}.${minor} or newer; ${path} is ${version}.`,
      { hint: HINT },
    )
  }
  return { path, version, encoders, findProbe: () => findProbe(path, what) }
}

/** Which ffmpeg a run would use and what it says of itself, whether or not that is good enough. */
export async function findFfmpeg({
  ffmpeg = 'ffmpeg',
  signal,
}: FfmpegContext): Promise<{ path: string | null; version: string | null }> {
  const path = await findProgramPath(ffmpeg)
  return { path, version: path === null ? null : (await askOnce(path, signal)).version }
}

/** By the path of the program: pictures, sound and recordings of a run need the same one, and it answers the same. */
const answers = new Map<string, Promise<FfmpegAnswer>>()

function askOnce(path: string, signal: AbortSignal): Promise<FfmpegAnswer> {
  const known = answers.get(path)
  if (known !== undefined) return known
  const asked = askFfmpeg(path, { signal })
  answers.set(path, asked)
  // What did not answer now may do so when it is asked again.
  void asked.then(({ version }) => version ?? answers.delete(path))
  return asked
}

async function findProbe(ffmpegPath: string, what: string): Promise<string> {
  for (const name of [join(dirname(ffmpegPath), 'ffprobe'), 'ffprobe']) {
    const path = await findProgramPath(name)
    if (path !== null) return path
  }
  throw new PeerError(
    'FFMPEG_UNAVAILABLE',
    `${what} needs ffprobe, which comes with ffmpeg but is missing.`,
    {
      hint: HINT,
    },
  )
}

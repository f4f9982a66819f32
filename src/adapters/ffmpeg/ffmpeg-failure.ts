import { PeerError, type PeerErrorCode } from '../../errors.js'
import type { FfmpegEnd } from './start-ffmpeg.js'

/** What ffmpeg says, and what that is for whoever started it; the first that matches counts. */
const MEANINGS: readonly { says: RegExp; code: PeerErrorCode; hint?: string }[] = [
  { says: /No space left on device/, code: 'NO_SPACE' },
  {
    says: /Cannot open display|Can't open display|Could not open X display/i,
    code: 'SOURCE_UNAVAILABLE',
    hint: 'Name a display that is there, such as --video screen::0.',
  },
  {
    says: /Device or resource busy|cannot open (audio |video )?device|Inappropriate ioctl|Cannot assign requested/i,
    code: 'SOURCE_UNAVAILABLE',
    hint: 'Is another program using it? webrtc-cli capabilities lists the devices.',
  },
  {
    says: /Connection refused|Connection timed out|Network is unreachable|No route to host|Name or service not known|Failed to resolve|Server returned/i,
    code: 'SOURCE_UNAVAILABLE',
    hint: 'Is the server running, and is the address right?',
  },
  {
    says: /No such file or directory|Is a directory|Permission denied|No such device/,
    code: 'INPUT_UNREADABLE',
  },
  {
    says: /No such filter|Error (initializing|parsing|reinitializing) (complex )?filter|Unable to parse graph|Undefined constant|Option .* not found/i,
    code: 'USAGE',
  },
  {
    says: /Invalid data|moov atom not found|partial file|Truncat|could not find codec parameters|does not contain any stream|Error while decoding|corrupt|Invalid NAL|End of file/i,
    code: 'INPUT_INVALID',
  },
]

/** Why ffmpeg did not do `what` (as in "ffmpeg cannot WHAT"); undefined where it did and had nothing to complain of. */
export function ffmpegFailure({ code, signal, lastLines }: FfmpegEnd, what: string): PeerError | undefined {
  if (signal !== null) {
    return new PeerError('IO_ERROR', `ffmpeg was ended by ${signal} and cannot ${what}.`)
  }
  if (code === 0 && lastLines.length === 0) return undefined
  const text = lastLines.join('\n')
  const meaning = MEANINGS.find(({ says }) => says.test(text))
  // A complaint about something that was done all the same is no failure.
  if (code === 0 && meaning?.code !== 'INPUT_INVALID' && meaning?.code !== 'NO_SPACE') return undefined
  const reason = reasonOf(lastLines, meaning?.says) ?? `it ended with exit code ${code}`
  const sentence = `ffmpeg cannot ${what}: ${reason.replace(/[.:,\s]+$/, '')}.`
  return new PeerError(meaning?.code ?? 'IO_ERROR', sentence, {
    hint: meaning?.hint,
    cause: new Error(text),
  })
}

/** The line that says why, without the name and address of the component in front of it. */
function reasonOf(lines: readonly string[], says: RegExp | undefined): string | undefined {
  const line = (says && lines.find((text) => says.test(text))) ?? lines.at(-1)
  return line?.replace(/^(\[[^\]]*\] *)+/, '')
}

import { DEGRADATION_PREFERENCES } from '../../media/adaptation/degradation-steps.js'
import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { bitrateOf, positiveNumberOf, textOf, usage, wordOf } from './option-values.js'
import { flag, rare, value, values } from './options.js'

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly'] as const

/** How the tracks are sent. */
export const SENDING_OPTIONS = {
  'video-codec': rare(value('vp8, vp9, av1, or several: av1,vp8', textOf('--video-codec', 256))),
  'audio-codec': rare(value('opus, pcmu, pcma, g722, or several', textOf('--audio-codec', 256))),
  'video-bitrate': rare(value('The most that is sent, such as 500k', bitrateOf('--video-bitrate'))),
  'audio-bitrate': rare(value('The most that is sent, such as 32k', bitrateOf('--audio-bitrate'))),
  'scale-down-by': rare(
    value('Divide width and height of what is sent, 1 to 16', scaleOf('--scale-down-by')),
  ),
  'degradation-preference': rare(
    value(
      'Kept where not all can be sent: balanced, maintain-framerate, ...',
      wordOf('--degradation-preference', DEGRADATION_PREFERENCES),
    ),
  ),
  'max-frame-rate': rare(value('Whatever the source has', positiveNumberOf('--max-frame-rate'))),
  stereo: rare(flag('Opus in two channels; give it on both sides')),
  direction: rare(value('Of the tracks: sendrecv, sendonly, recvonly', wordOf('--direction', DIRECTIONS))),
  bandwidth: rare(values('Ask the peer for at most AS:KBIT or TIAS:BIT; audio:AS:40; repeatable')),
} satisfies Record<string, Options>

export type SendingArgs = Partial<ArgumentsCamelCase<InferredOptionTypes<typeof SENDING_OPTIONS>>>

function scaleOf(option: string) {
  return (text: string): number => {
    const scale = Number(text)
    if (text.trim() !== '' && scale >= 1 && scale <= 16) return scale
    throw usage(option, 'must be a number from 1 to 16', text)
  }
}

import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { NEW_FILE_POLICIES } from '../../adapters/files/new-file-policy.js'
import { RECORDING_FORMATS } from '../../media/recording/format.js'
import { bitrateOf, durationOf, wordOf } from './option-values.js'
import { flag, rare, textOption, value, values } from './options.js'

/** What is done with the tracks that arrive. */
export const RECEIVED_MEDIA_OPTIONS = {
  record: values('Record to .webm, .mkv, .mp4, .ogg, .y4m or .wav; repeatable'),
  'record-format': rare(value('Whatever the name ends in', wordOf('--record-format', RECORDING_FORMATS))),
  'record-segment': rare(value('A new file this often', durationOf('--record-segment'))),
  'record-video-bitrate': rare(value('Such as 2M', bitrateOf('--record-video-bitrate'))),
  'record-audio-bitrate': rare(value('Such as 64k', bitrateOf('--record-audio-bitrate'))),
  snapshot: textOption('Take a picture of what arrives: .png, .jpg', '--snapshot'),
  'snapshot-at': rare(value('After the first picture, 1s by default', durationOf('--snapshot-at'))),
  'snapshot-every': rare(value('Numbered pictures, this often', durationOf('--snapshot-every'))),
  view: flag('Show what arrives in the terminal'),
  play: rare(flag('Play what arrives in a window of ffplay')),
  'on-conflict': rare(
    value('What exists: fail (default), rename, overwrite', wordOf('--on-conflict', NEW_FILE_POLICIES)),
  ),
} satisfies Record<string, Options>

export type ReceivedMediaArgs = ArgumentsCamelCase<InferredOptionTypes<typeof RECEIVED_MEDIA_OPTIONS>>

import type { Options } from 'yargs'
import type { ReceivedMediaArgs } from './received-media-options.js'
import type { ReceiveIntoArgs } from '../session/receive-into.js'
import { flag, rare, textOption } from './options.js'
import { PIPE_OPTIONS, RECEIVE_OPTIONS, type ReceiveArgs, type SendArgs } from './transfer-options.js'

/** Files that go both ways while a session runs; `--on-conflict` is that of everything the session writes. */
export const SESSION_FILES_OPTIONS = {
  output: { ...textOption('Directory for files that the peer sends', '--output'), alias: 'o' },
  yes: { ...flag('Accept them without asking'), alias: 'y' },
  'no-resume': rare(RECEIVE_OPTIONS['no-resume']),
  'no-preserve': RECEIVE_OPTIONS['no-preserve'],
  'allow-hidden': rare(RECEIVE_OPTIONS['allow-hidden']),
  'max-size': rare(RECEIVE_OPTIONS['max-size']),
  'max-files': rare(RECEIVE_OPTIONS['max-files']),
  compress: rare(PIPE_OPTIONS.compress),
  associations: rare(PIPE_OPTIONS.associations),
} satisfies Record<string, Options>

export type SessionFilesArgs = Omit<ReceiveIntoArgs, 'symlinks' | 'onConflict'> &
  Partial<
    Pick<ReceiveArgs, 'yes'> &
      Pick<SendArgs, 'compress' | 'associations'> &
      Pick<ReceivedMediaArgs, 'onConflict'>
  >

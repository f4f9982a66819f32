import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { CONFLICT_POLICIES } from '../../adapters/files/conflict-policy.js'
import { PeerError } from '../../errors.js'
import { COMPRESSION_MODES } from '../../transfer/compression.js'
import { SYMLINK_POLICIES } from '../../transfer/safe-link.js'
import { safePath } from '../../transfer/safe-path.js'
import { bytesOf, integerOf, wordOf } from './option-values.js'
import { flag, rare, textOption, value, values } from './options.js'

/** Standard input where something is sent, standard output where something is received. */
export const STANDARD_STREAM = '-'

export const PIPE_OPTIONS = {
  compress: value(
    'auto (default: where it is faster), always, never',
    wordOf('--compress', COMPRESSION_MODES),
  ),
  associations: value('Connections to use, auto by default', readAssociations),
} satisfies Record<string, Options>

export const SEND_OPTIONS = {
  ...PIPE_OPTIONS,
  text: value('Send this text instead of files', (text) => text),
  exclude: values('Leave out, as in a .gitignore; repeatable'),
  symlinks: value(
    'Links inside directories: skip (default), follow, keep',
    wordOf('--symlinks', SYMLINK_POLICIES),
  ),
  name: rare(value('What standard input (-) is called there, stdin by default', readName)),
} satisfies Record<string, Options>

export const RECEIVE_OPTIONS = {
  output: { ...textOption('Directory, the name the file gets, or - for stdout', '--output'), alias: 'o' },
  yes: { ...flag('Accept without asking'), alias: 'y' },
  'on-conflict': value(
    'What exists: fail (default), skip, rename, overwrite',
    wordOf('--on-conflict', CONFLICT_POLICIES),
  ),
  'no-resume': flag('Begin anew, whatever an earlier attempt left'),
  symlinks: value('Links: skip (default), keep', wordOf('--symlinks', ['skip', 'keep'] as const)),
  'no-preserve': rare(flag('Modes and times of new files')),
  'allow-hidden': flag('Take names that begin with a dot'),
  'max-size': value('Refuse more than this, such as 500MB', bytesOf('--max-size')),
  'max-files': value('Refuse more files, 100000 by default', integerOf('--max-files', 1, 10_000_000)),
} satisfies Record<string, Options>

export type SendArgs = ArgumentsCamelCase<InferredOptionTypes<typeof SEND_OPTIONS>>
export type ReceiveArgs = ArgumentsCamelCase<InferredOptionTypes<typeof RECEIVE_OPTIONS>>

/** The rules of the receiver, so that a name it would refuse costs no connection. */
function readName(text: string): string {
  const [first, ...rest] = safePath(text, { allowHidden: true }).split('/')
  if (first !== undefined && rest.length === 0) return first
  throw new PeerError('USAGE', `--name must be a name without "/", got "${text}".`)
}

function readAssociations(text: string): number | 'auto' {
  return text === 'auto' ? 'auto' : integerOf('--associations', 1, 64)(text)
}

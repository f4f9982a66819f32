import type { CommandName } from './command.js'

/** How a command is typed after its slash. */
export interface CommandWords {
  /** Its arguments, for people. */
  takes: string
  describes: string
  /** The members of the command from what follows the name; undefined where that is not what it takes. */
  read: (rest: string) => Record<string, unknown> | undefined
}

const nothing = (rest: string) => (rest === '' ? {} : undefined)
const kindOrNothing = (rest: string) => (rest === '' ? {} : { kind: rest })

/** Everything that can be typed, in the order of `/help`. A text needs no command. */
export const COMMAND_WORDS: Readonly<Record<Exclude<CommandName, 'chat'>, CommandWords>> = {
  video: {
    takes: 'SOURCE',
    describes: 'sends another one, as --video names it',
    read: (rest) => required('source', rest),
  },
  audio: {
    takes: 'SOURCE',
    describes: 'sends another one, as --audio names it',
    read: (rest) => required('source', rest),
  },
  mute: {
    takes: '[audio|video]',
    describes: 'silence and black; the source goes on',
    read: kindOrNothing,
  },
  unmute: { takes: '[audio|video]', describes: 'ends that', read: kindOrNothing },
  pause: {
    takes: '[audio|video]',
    describes: 'sends nothing; the video, unless told',
    read: kindOrNothing,
  },
  resume: { takes: '[audio|video]', describes: 'ends that', read: kindOrNothing },
  bitrate: {
    takes: 'RATE [audio|video]',
    describes: 'the most that is sent: 300k, or auto',
    read: readBitrate,
  },
  stats: { takes: '', describes: 'shows the figures of this moment', read: nothing },
  'restart-ice': { takes: '', describes: 'looks for a path anew', read: nothing },
  snapshot: {
    takes: '[FILE]',
    describes: 'a picture of what arrives: .png, .jpg',
    read: (rest) => (rest === '' ? {} : { path: rest }),
  },
  record: {
    takes: 'start FILE|pause|resume|stop',
    describes: 'records what arrives, beside --record',
    read: readRecord,
  },
  send: {
    takes: 'FILE',
    describes: 'sends a file or a directory meanwhile',
    read: (rest) => required('path', rest),
  },
  accept: { takes: '', describes: 'takes the files that are offered', read: nothing },
  decline: { takes: '', describes: 'does not', read: nothing },
  cancel: { takes: '', describes: 'ends the transfers in progress', read: nothing },
  help: { takes: '', describes: 'shows this', read: nothing },
  quit: { takes: '', describes: 'says bye', read: nothing },
}

/** `/bitrate BITRATE [audio|video]`. */
export function usageOf(name: Exclude<CommandName, 'chat'>): string {
  return `/${name} ${COMMAND_WORDS[name].takes}`.trimEnd()
}

/** All of them for people, in order. */
export function listCommands(): { usage: string; describes: string }[] {
  const names = Object.keys(COMMAND_WORDS).filter(isTypedCommand)
  return names.map((name) => ({ usage: usageOf(name), describes: COMMAND_WORDS[name].describes }))
}

/** A name as it was typed, where there is such a command. */
export function isTypedCommand(name: string): name is Exclude<CommandName, 'chat'> {
  return Object.hasOwn(COMMAND_WORDS, name)
}

function required(member: string, rest: string): Record<string, unknown> | undefined {
  return rest === '' ? undefined : { [member]: rest }
}

function readBitrate(rest: string): Record<string, unknown> | undefined {
  const [bitrate, kind, ...more] = rest.split(/\s+/)
  if (bitrate === undefined || bitrate === '' || more.length > 0) return undefined
  return kind === undefined ? { bitrate } : { bitrate, kind }
}

function readRecord(rest: string): Record<string, unknown> | undefined {
  const [, action = '', path = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? []
  if ((action === 'start') !== (path !== '')) return undefined
  return path === '' ? { action } : { action, path }
}

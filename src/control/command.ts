import * as v from 'valibot'

/** Longest text of a command: a path, a URL or a filter graph; a chat message is as long as a line may be. */
const MAX_TEXT_LENGTH = 16 * 1024

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TEXT_LENGTH))
const kind = v.optional(v.picklist(['audio', 'video']))

/** Comes back in the answer, so that whoever controls the session knows what was answered. */
const id = v.optional(v.union([v.pipe(v.string(), v.maxLength(256)), v.number()]))

function command<Name extends string, Entries extends v.ObjectEntries>(name: Name, entries: Entries) {
  return v.strictObject({ command: v.literal(name), ...entries, id })
}

/**
 * Everything a session can be told while it runs: typed as slash commands, or as lines of JSON with `--control`.
 * Published as `webrtc-cli/commands.schema.json`; members may be added, never renamed or removed.
 */
export const sessionCommandSchema = v.variant('command', [
  /** Sends a text. */
  command('chat', { text }),
  /** Sends another picture or sound, named as `--video` and `--audio` name it. */
  command('video', { source: text }),
  command('audio', { source: text }),
  /** Black and silence while the source goes on; without `kind` of everything that is sent. */
  command('mute', { kind }),
  command('unmute', { kind }),
  /** Nothing is sent, and the source waits; without `kind` of the video. */
  command('pause', { kind }),
  command('resume', { kind }),
  /** The most that is sent: bit/s, or as `--video-bitrate` takes it; `auto` lifts it. Without `kind` of the video. */
  command('bitrate', { bitrate: v.union([text, v.number()]), kind }),
  /** One `stats` event now. */
  command('stats', {}),
  command('restart-ice', {}),
  /** A picture of what arrives. */
  command('snapshot', { path: v.optional(text) }),
  /** Of all recordings; `start` begins one to `path`, `stop` completes them. */
  command('record', { action: v.picklist(['pause', 'resume', 'start', 'stop']), path: v.optional(text) }),
  /** Sends a file or a directory beside everything else; answered when the peer has verified all of it. */
  command('send', { path: text }),
  /** Of what the peer offers: takes it, or does not. */
  command('accept', {}),
  command('decline', {}),
  /** Ends the transfers in progress, both ways; the session goes on, and they can be resumed. */
  command('cancel', {}),
  command('help', {}),
  /** Says bye once what was said has arrived. */
  command('quit', {}),
])

export type SessionCommand = v.InferOutput<typeof sessionCommandSchema>
export type CommandName = SessionCommand['command']
export type SessionCommandOf<Name extends CommandName> = Extract<SessionCommand, { command: Name }>

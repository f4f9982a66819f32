import * as v from 'valibot'
import { PeerError } from '../errors.js'
import { nearestWord } from '../expect/nearest-word.js'
import { sessionCommandSchema, type CommandName, type SessionCommand } from './command.js'
import { COMMAND_WORDS, isTypedCommand, usageOf } from './command-words.js'

/** One line of input, read: a command, or why it is none. */
export type GivenCommand =
  | { given: 'command'; command: SessionCommand }
  | { given: 'mistake'; name: string | null; id: string | number | null; error: PeerError }

const COMMAND_NAMES = sessionCommandSchema.options.map(({ entries }) => entries.command.literal)

export interface TypedLineOptions {
  /** The directory that `~` stands for at the beginning of a file's name. */
  home?: string | undefined
}

/** A line that a person typed: `/name ...` is a command, everything else a text; `//text` is one with a slash. */
export function parseTypedLine(line: string, { home }: TypedLineOptions = {}): GivenCommand {
  if (!line.startsWith('/')) return textOf(line)
  if (line.startsWith('//')) return textOf(line.slice(1))
  const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(line.trimEnd()) ?? []
  const mistake = (error: PeerError): GivenCommand => ({ given: 'mistake', name, id: null, error })
  if (!isTypedCommand(name)) return mistake(unknownTyped(name))
  const members = COMMAND_WORDS[name].read(rest)
  const parsed = members && v.safeParse(sessionCommandSchema, { ...atHome(members, home), command: name })
  return parsed?.success ? { given: 'command', command: parsed.output } : mistake(badArguments(name, rest))
}

/** A line of `--control`: one JSON object with `command`, its members and, where the answer is to be known, an `id`. */
export function parseControlLine(line: string): GivenCommand {
  const json = readJson(line)
  const { command: name = null, id = null } = v.parse(labelSchema, json ?? {})
  const mistake = (error: PeerError): GivenCommand => ({ given: 'mistake', name, id, error })
  if (json === undefined) return mistake(notJson(line))
  if (name === null) return mistake(new PeerError('USAGE', 'The line names no "command".'))
  if (!isName(name)) return mistake(unknownName(name))
  const parsed = v.safeParse(sessionCommandSchema, json)
  if (parsed.success) return { given: 'command', command: parsed.output }
  return mistake(new PeerError('USAGE', `"${name}": ${describeIssue(parsed.issues[0])}.`))
}

/** `"kind" must be ("audio" | "video"), got "both"`. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const member = `"${clip(v.getDotPath(issue) ?? 'command')}"`
  if (issue.expected === 'never') return `${member} is none of its members`
  if (issue.received === 'undefined') return `${member} is missing`
  if (issue.type === 'min_length') return `${member} must not be empty`
  if (issue.type === 'max_length') return `${member} is too long`
  return `${member} must be ${issue.expected ?? 'something else'}, got ${clip(issue.received)}`
}

/** Members that name a file, or a source that may be one. */
const FILE_MEMBERS = ['path', 'source']

/** No shell has read the line: `~` alone and `~/` mean here what they mean there. */
function atHome(members: Record<string, unknown>, home: string | undefined): Record<string, unknown> {
  const expand = (name: string, value: unknown) =>
    home !== undefined && FILE_MEMBERS.includes(name) && typeof value === 'string'
      ? value.replace(/^~(?=\/|$)/, () => home)
      : value
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, expand(name, value)]))
}

/** What can be told of a line that is no command otherwise. */
const labelSchema = v.fallback(
  v.object({
    command: v.fallback(v.optional(v.string()), undefined),
    id: v.fallback(v.optional(v.union([v.string(), v.number()])), undefined),
  }),
  {},
)

function textOf(text: string): GivenCommand {
  return { given: 'command', command: { command: 'chat', text } }
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isName(name: string): name is CommandName {
  return COMMAND_NAMES.some((known) => known === name)
}

function unknownTyped(name: string): PeerError {
  const nearest = nearestWord(name, Object.keys(COMMAND_WORDS))
  const advice = nearest === undefined ? '/help lists what there is.' : `Did you mean /${nearest}?`
  return new PeerError('USAGE', `There is no command /${clip(name)}.`, {
    hint: `${advice} A text that begins with a slash is typed //text.`,
  })
}

function unknownName(name: string): PeerError {
  const nearest = nearestWord(name, COMMAND_NAMES)
  return new PeerError('USAGE', `There is no command "${clip(name)}".`, {
    hint: nearest === undefined ? `There is ${COMMAND_NAMES.join(', ')}.` : `Did you mean "${nearest}"?`,
  })
}

function badArguments(name: Exclude<CommandName, 'chat'>, rest: string): PeerError {
  const what = rest === '' ? 'needs more' : `does not take "${clip(rest)}"`
  return new PeerError('USAGE', `/${name} ${what}; it is typed ${usageOf(name)}.`)
}

function notJson(line: string): PeerError {
  return new PeerError('USAGE', `The line is no JSON: ${clip(JSON.stringify(line))}.`, {
    hint: 'With --control each line of standard input is one command, such as {"command":"mute"}.',
  })
}

/** As much of it as fits a sentence. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}

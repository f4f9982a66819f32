import { readFileSync } from 'node:fs'
import type { Options } from 'yargs'
import { describeSystemError } from '../../adapters/files/system-error.js'
import { PeerError } from '../../errors.js'

const ENVIRONMENT_PREFIX = 'WEBRTC_CLI_'

/** Environment names that differ from their option's, because several values come in one. */
const PLURAL_NAMES: Record<string, string> = { 'ice-server': 'ICE_SERVERS' }

/** What is between several values in one variable; an expression has spaces of its own. */
const SEPARATORS: Record<string, RegExp> = { expect: /\s*[;\n]\s*/ }

let fileOptions: Record<string, unknown> = {}

/** Reads the file named by `--config` (or WEBRTC_CLI_CONFIG) before the options are declared. */
export function loadConfigFile(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const path = configPath(argv) ?? env[`${ENVIRONMENT_PREFIX}CONFIG`]
  fileOptions = path === undefined || path === '' ? {} : readConfigFile(path)
}

/**
 * The default of an option where the environment (WEBRTC_CLI_<OPTION>) or the configuration file sets one: the
 * command line wins over the environment, the environment over the file. In the form a command line would have it.
 */
export function configuredDefault(
  name: string,
  option: Options,
  env: NodeJS.ProcessEnv = process.env,
): string | string[] | boolean | undefined {
  const variable = `${ENVIRONMENT_PREFIX}${PLURAL_NAMES[name] ?? name.toUpperCase().replaceAll('-', '_')}`
  const fromEnvironment = env[variable]
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    if (option.array) {
      return fromEnvironment.split(SEPARATORS[name] ?? /[\s,]+/).filter((part) => part !== '')
    }
    return option.boolean ? readBoolean(variable, fromEnvironment) : fromEnvironment
  }
  return fromFile(name, option)
}

/** Throws CONFIGURATION for a key of the file that no verb has. */
export function checkConfigKeys(known: ReadonlySet<string>): void {
  const unknown = Object.keys(fileOptions).find((key) => !known.has(key))
  if (unknown === undefined) return
  throw new PeerError(
    'CONFIGURATION',
    `The configuration file sets "${unknown}", which is no option of any verb.`,
    {
      hint: 'Write option names without the dashes in front, such as "room" or "ice-server".',
    },
  )
}

function fromFile(name: string, option: Options): string | string[] | boolean | undefined {
  const found = fileOptions[name]
  if (found === undefined) return undefined
  if (option.array) return [found].flat().map(String)
  if (option.boolean) {
    if (typeof found === 'boolean') return found
    throw new PeerError('CONFIGURATION', `"${name}" in the configuration file must be true or false.`)
  }
  if (typeof found === 'string' || typeof found === 'number') return String(found)
  throw new PeerError('CONFIGURATION', `"${name}" in the configuration file must be a string or a number.`)
}

function configPath(argv: readonly string[]): string | undefined {
  const index = argv.findIndex((argument) => argument === '--config' || argument.startsWith('--config='))
  const argument = argv[index]
  if (argument === undefined) return undefined
  return argument === '--config' ? argv[index + 1] : argument.slice('--config='.length)
}

function readConfigFile(path: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      throw new Error('it is JSON, and not an object')
    return Object.fromEntries(Object.entries(parsed))
  } catch (cause) {
    throw new PeerError(
      'CONFIGURATION',
      `Cannot use the configuration file ${path} (--config): ${faultOf(cause)}.`,
      { hint: 'It is one JSON object of options, such as {"room": "tea", "no-ipv6": true}.', cause },
    )
  }
}

function faultOf(cause: unknown): string {
  return cause instanceof SyntaxError ? `it is not JSON (${cause.message})` : describeSystemError(cause)
}

function readBoolean(variable: string, text: string): boolean {
  if (['1', 'true', 'yes'].includes(text.toLowerCase())) return true
  if (['0', 'false', 'no'].includes(text.toLowerCase())) return false
  throw new PeerError('USAGE', `${variable} must be true or false, got ${JSON.stringify(text)}.`)
}

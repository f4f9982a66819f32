import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import type { ImportFact, ModuleFacts } from './module-facts.js'

interface Room {
  /** Rooms it may import from, itself included. */
  rooms: readonly string[]
  /** Rooms of which it may take types only. */
  typesOf?: readonly string[]
  packages?: readonly string[]
  packageTypes?: readonly string[]
  /** `any` where the room is the outside world's side; `none` where it also runs in a browser. */
  node: 'any' | 'none' | readonly string[]
}

const PURE_ROOMS =
  'errors events async session signaling transfer chat pipe bench stats media auth sdp figures expect dump impair control'.split(
    ' ',
  )
const ADAPTERS = ['wrtc', 'websocket', 'files', 'ffmpeg', 'metrics', 'system', 'udp', 'net'].map(
  (name) => `adapters/${name}`,
)

const pure: Room = { rooms: PURE_ROOMS, packages: ['valibot', 'sdp-transform'], node: 'none' }
const adapter = (name: string, packages: readonly string[]): [string, Room] => [
  `adapters/${name}`,
  { rooms: [`adapters/${name}`, ...PURE_ROOMS], packages, node: 'any' },
]

/** The floors: who may import whom. A new room is a line here. */
const ROOMS = new Map<string, Room>([
  ...PURE_ROOMS.map((name): [string, Room] => [name, pure]),
  adapter('wrtc', ['@roamhq/wrtc']),
  adapter('websocket', ['ws']),
  adapter('files', ['ignore']),
  adapter('ffmpeg', ['valibot']),
  adapter('metrics', []),
  adapter('system', []),
  // Both speak STUN; the second implements the ports of the checks.
  ['adapters/udp', { rooms: ['adapters/udp', 'stun', ...PURE_ROOMS], node: 'any' }],
  ['adapters/net', { rooms: ['adapters/net', 'check', 'stun', ...PURE_ROOMS], node: 'any' }],
  ['check', { rooms: ['check', 'stun', ...PURE_ROOMS], node: ['node:crypto'] }],
  // Bytes alone, but seals need hashes that a browser gives only later.
  ['stun', { rooms: ['stun'], node: ['node:crypto', 'node:zlib'] }],
  ['server', { rooms: ['server', ...PURE_ROOMS], packages: ['valibot'], node: 'any' }],
  ['web', { rooms: ['web', ...PURE_ROOMS], node: 'none' }],
  [
    'terminal',
    {
      // PeerError is thrown here too (a question without a terminal); events are only looked at.
      rooms: ['terminal', 'async', 'errors'],
      typesOf: ['events'],
      packages: ['chalk', 'ora', 'cli-table3'],
      node: ['node:readline', 'node:stream', 'node:string_decoder', 'node:tty'],
    },
  ],
  [
    // What people see, in a page: figures are written as on the terminal. The scripts of the page have a library to draw.
    'report',
    { rooms: ['report', 'terminal', ...PURE_ROOMS], packages: ['uplot'], node: 'none' },
  ],
  [
    'commands',
    {
      rooms: ['commands', 'terminal', 'report', 'server', 'check', ...ADAPTERS, ...PURE_ROOMS],
      packages: ['valibot'],
      packageTypes: ['yargs'],
      node: 'any',
    },
  ],
  ['cli', { rooms: ['commands', 'terminal', ...PURE_ROOMS], packages: ['yargs'], node: 'any' }],
])

/** What only one place may use: a module, or a member of a global. A path that ends in `/` is a folder. */
const OWNERS: readonly { what: RegExp; owners: readonly string[] }[] = [
  {
    what: /^node:child_process$/,
    owners: ['src/adapters/ffmpeg/', 'src/adapters/system/', 'src/commands/peer-process.ts'],
  },
  {
    what: /^node:fs(\/promises)?$/,
    owners: [
      'src/adapters/files/',
      'src/adapters/system/',
      // Not user data: options from a file, a CA certificate, what stdin is, and what the demo makes up.
      'src/commands/options/configured-defaults.ts',
      'src/commands/session/open-signaling-channel.ts',
      'src/commands/session/session-input.ts',
      'src/commands/demo-run.ts',
    ],
  },
  // The global is looked at instead.
  { what: /^node:process$/, owners: [] },
  {
    what: /^process\.(exit|abort|reallyExit|on|once|addListener|prependListener|prependOnceListener|\*)$/,
    owners: ['src/commands/run.ts'],
  },
  { what: /^console\./, owners: [] },
]

const FORBIDDEN_WORDS = [
  'util',
  'utils',
  'helper',
  'helpers',
  'type',
  'types',
  'manager',
  'service',
  'services',
]
const BROWSERLESS_GLOBALS = /^(process|console|Buffer|setImmediate|__dirname)\./

/** Every way in which a file of src/ breaks the floors, as sentences that start with its path. */
export function findViolations(path: string, facts: ModuleFacts): string[] {
  const room = ROOMS.get(roomOf(path))
  if (room === undefined) return [`${path} is in a room that the floors do not know`]
  return [
    ...nameProblems(path),
    ...facts.imports.flatMap((fact) => importProblems(path, room, fact)),
    ...ownerProblems(path, [...facts.imports.map(({ specifier }) => specifier), ...facts.globals]),
    ...(room.node === 'none' ? facts.globals.filter((name) => BROWSERLESS_GLOBALS.test(name)) : []).map(
      (name) => `${path} uses ${name}, which a browser does not have`,
    ),
  ]
}

/** Verbs that import other verbs; a verb is a file of src/commands that exports a `…Command`. */
export function findVerbViolations(modules: ReadonlyMap<string, ModuleFacts>): string[] {
  const isVerb = (path: string) =>
    path.startsWith('src/commands/') &&
    (modules.get(path)?.exports.some((name) => name.endsWith('Command')) ?? false)
  return [...modules].flatMap(([path, { imports }]) =>
    imports
      .map(({ specifier }) => resolveSource(path, specifier))
      .filter((target) => isVerb(path) && target !== undefined && isVerb(target))
      .map((target) => `${path} is a verb and imports the verb ${target}`),
  )
}

function importProblems(path: string, room: Room, { specifier, isValue }: ImportFact): string[] {
  const target = resolveSource(path, specifier)
  if (target !== undefined) {
    // The version is in one place.
    if (target === 'package.json') return []
    if (!target.startsWith('src/')) return [`${path} imports ${specifier} from outside src/`]
    if (!specifier.endsWith('.js')) return [`${path} imports ${specifier} without its .js ending`]
    const other = roomOf(target)
    if (room.rooms.includes(other)) return []
    if (room.typesOf?.includes(other)) return isValue ? [`${path} takes more than types from ${target}`] : []
    return [`${path} must not import ${target}`]
  }
  if (specifier === '(computed)') return [`${path} imports what only the run time knows`]
  if (specifier.startsWith('node:')) {
    const isAllowed = room.node === 'any' || (room.node !== 'none' && room.node.includes(specifier))
    return isAllowed ? [] : [`${path} must not import ${specifier}`]
  }
  const name = packageOf(specifier)
  if (builtinModules.includes(name)) return [`${path} imports ${specifier} without the node: prefix`]
  if (room.packages?.includes(name)) return []
  if (room.packageTypes?.includes(name)) return isValue ? [`${path} takes more than types from ${name}`] : []
  return [`${path} must not import ${specifier}`]
}

function ownerProblems(path: string, uses: readonly string[]): string[] {
  return uses.flatMap((use) =>
    OWNERS.filter(({ what, owners }) => what.test(use) && !owners.some((owner) => isIn(path, owner))).map(
      ({ owners }) => `${path} uses ${use}, which belongs to ${owners.join(', ') || 'nobody'}`,
    ),
  )
}

function nameProblems(path: string): string[] {
  const name = posix.basename(path).replace(/(\.d)?\.ts$/, '')
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return [`${path} is not named in kebab-case`]
  const word = name.split('-').find((part) => FORBIDDEN_WORDS.includes(part))
  return word === undefined ? [] : [`${path} is named after no concept: "${word}"`]
}

/** `src/adapters/wrtc/index.ts` is in `adapters/wrtc`, `src/errors.ts` is its own room. */
function roomOf(path: string): string {
  const parts = path.replace(/^src\//, '').split('/')
  if (parts.length === 1) return parts.join().replace(/\.ts$/, '')
  return parts.slice(0, parts[0] === 'adapters' ? 2 : 1).join('/')
}

function resolveSource(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isIn(path: string, owner: string): boolean {
  return owner.endsWith('/') ? path.startsWith(owner) : path === owner
}

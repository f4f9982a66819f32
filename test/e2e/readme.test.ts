import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { OPTION_NAMES } from '../../src/commands/options/option-tables.js'
import { EXIT_CODE_BY_ERROR } from '../../src/errors.js'
import { jsonLineSchema, peerEventSchema } from '../../src/events.js'
import { BROWSER_OFFER } from '../sdp/browser-offer.js'
import { runTogether, startCli } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory, writeRandomFile } from '../support/files.js'
import { DOCUMENTATION_ADDRESS, openNamespace, whyNoNamespace, type Namespace } from '../support/namespace.js'
import { MEDIA_FILES, mediaFile } from '../support/media-files.js'
import { readBlocks, readCommands, readTable, type ReadmeCommand } from '../support/readme-commands.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'bin/webrtc-cli.js')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const BLOCKS = readBlocks(README)

const VERBS = await verbsOfHelp()

/** What `--help` of each verb says, and with `--all`. */
const [HELPS, FULL_HELPS] = await Promise.all([helpsOfVerbs(), helpsOfVerbs('--all')])

/** Files that commands of the page name. */
const FILES = { 'photo.jpg': 2_000_000, 'build.tar': 1_000_000 }

/** Files of media that commands name, made with ffmpeg where a block needs them. */
const NEEDED_MEDIA = MEDIA_FILES.filter((name) => README.includes(name))

const terminalBlocks = BLOCKS.filter(({ language }) => language === 'sh').map((block) => ({
  lineNumber: block.lineNumber,
  commands: readCommands(block),
}))
const allCommands = terminalBlocks.flatMap(({ commands }) => commands)
const runnable = terminalBlocks
  .map((block) => ({ ...block, commands: block.commands.filter(({ kind }) => kind === 'webrtc-cli') }))
  .filter(({ commands }) => commands.length > 0)
const scripts = BLOCKS.filter(({ language }) => language === 'bash')

describe('the README', () => {
  it('has the commands it is expected to have', () => {
    expect(runnable.flatMap(({ commands }) => commands).length).toBeGreaterThanOrEqual(22)
    const lines = allCommands.map(({ line }) => line).join('\n')
    // demo is what quickstart runs; demo.test.ts looks at it.
    const shown = VERBS.filter((verb) => verb !== 'demo')
    expect(shown.filter((verb) => !lines.includes(`webrtc-cli ${verb}`))).toEqual([])
    expect(scripts).toHaveLength(1)
  })

  it('names scripts of the package that exist, and CI runs quickstart and test', () => {
    const { scripts: known, bin } = v.parse(
      v.object({ scripts: v.record(v.string(), v.string()), bin: v.record(v.string(), v.string()) }),
      JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
    )
    const named = allCommands
      .filter(({ kind }) => kind === 'npm')
      .map(({ line }) => /^npm (?:run )?(\S+)$/.exec(line)?.[1] ?? line)
    expect(named).toContain('quickstart')
    expect([...Object.keys(known), 'link']).toEqual(expect.arrayContaining(named))
    expect(existsSync(join(ROOT, bin['webrtc-cli'] ?? 'missing'))).toBe(true)
    const ci = readFileSync(join(ROOT, '.ci/run'), 'utf8')
    expect(ci).toMatch(/^npm run quickstart$/m)
    expect(ci).toMatch(/^npm test$/m)
  })

  it('has every exit code, every event, every option of --help, and none besides', () => {
    const codes = [0, ...Object.values(EXIT_CODE_BY_ERROR)]
    expect(readTable(README, 'code').map(([code]) => Number(code))).toEqual(
      [...new Set(codes)].toSorted((a, b) => a - b),
    )
    const events = peerEventSchema.options.map(({ entries }) => entries.event.literal)
    const listed = readTable(README, 'event').flatMap(([names = '']) => names.match(/[\w-]+/g) ?? [])
    expect(listed.toSorted()).toEqual(events.toSorted())
    const options = readTable(README, 'option').flatMap(
      ([, names = '']) => names.match(/--[a-z][\w-]*/g) ?? [],
    )
    const known = optionsOfHelp()
    expect([...new Set(options)].toSorted()).toEqual(known)
    // The same that a configuration file may set.
    expect(Array.from(OPTION_NAMES, (name) => `--${name}`).toSorted()).toEqual(known)
  })

  it('has a --help of one screen for every verb, and the rest behind --all', () => {
    for (const [index, verb] of VERBS.entries()) {
      const [shown = '', everything = ''] = [HELPS[index], FULL_HELPS[index]]
      expect({ verb, fits: shown.split('\n').length <= 45 }).toEqual({ verb, fits: true })
      expect(shown).toContain(`webrtc-cli ${verb}`)
      expect(everything.length).toBeGreaterThanOrEqual(shown.length)
    }
  })

  it('shows events as they are', () => {
    const samples = BLOCKS.filter(({ language, name }) => language === 'json' && name === '')
    const lines = samples.flatMap(({ content }) => content.trim().split('\n'))
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) v.parse(jsonLineSchema, JSON.parse(line))
  })

  it('has every room of the house in its tree', () => {
    const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    for (const { name } of rooms) expect(README).toMatch(new RegExp(`^  ${name}/`, 'm'))
    const tree = BLOCKS.find(({ content }) => content.includes('\nsrc/\n'))
    const paths = Array.from(tree?.content.matchAll(/^ {2}([\w./-]+)/gm) ?? [], ([, path = '']) => path)
    expect(paths.length).toBeGreaterThan(10)
    expect(paths.filter((path) => !existsSync(join(ROOT, 'src', path)))).toEqual([])
  })
})

describe.skipIf(whyNoNamespace() !== undefined)('what the README says to type', () => {
  for (const { lineNumber, commands } of runnable) {
    const needsTurn = commands.some(({ line }) => line.includes('turn:'))
    const media = NEEDED_MEDIA.filter((name) => commands.some(({ line }) => line.includes(name)))
    const needsFfmpeg = media.length > 0 || commands.some(({ line }) => line.includes('lavfi:'))
    const needsFfplay = commands.some(({ line }) => line.includes('--play'))
    const skip =
      (needsTurn && isMissing('turnserver')) ||
      (needsFfmpeg && isMissing('ffmpeg')) ||
      (needsFfplay && isMissing('ffplay'))
    it(`works: line ${lineNumber + 1}, ${commands[0]?.line}`, { skip }, async () => {
      await using namespace = await openNamespace()
      const place = await preparePlace()
      for (const name of media) await copyFile(mediaFile(name), join(place.cwd, name))
      if (needsTurn) await startTurnServer(namespace, place)
      expect(await failuresOf(commands, namespace, place)).toEqual([])
    })
  }

  it.each([
    ['passes as it is', undefined, 0],
    ['fails with the code of the side that failed', 'build.tar', 66],
  ])('works: the script for CI %s', async (_what, missing, expected) => {
    await using namespace = await openNamespace()
    const { cwd, env } = await preparePlace(missing)
    const script = namespace.start(['bash', '-c', scripts[0]?.content ?? ''], { cwd, env })
    const { code, stdout, stderr } = await script.exit
    expect(code, `${stdout}${stderr}`).toBe(expected)
    expect(readFileSync(join(cwd, 'sender.ndjson'), 'utf8')).toContain(`"event":"exit","code":${expected}`)
  })
})

interface Place {
  cwd: string
  env: NodeJS.ProcessEnv
}

/** A directory with the files of the page, and `webrtc-cli` on the PATH. */
async function preparePlace(missing?: string): Promise<Place> {
  const cwd = await temporaryDirectory()
  const shims = join(await temporaryDirectory(), 'bin')
  await mkdir(shims)
  await writeFile(join(shims, 'webrtc-cli'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`)
  await chmod(join(shims, 'webrtc-cli'), 0o755)
  for (const [name, bytes] of Object.entries(FILES)) {
    if (name !== missing) await writeRandomFile(join(cwd, name), bytes)
  }
  await writeFile(join(cwd, 'offer.sdp'), BROWSER_OFFER)
  for (const { name, content } of BLOCKS) if (name !== '') await writeFile(join(cwd, name), content)
  // The window of ffplay needs no screen.
  const screenless = { SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy', TERM: 'xterm-256color' }
  return { cwd, env: { ...process.env, ...screenless, PATH: `${shims}${delimiter}${process.env['PATH']}` } }
}

/** Runs the lines of a block side by side, as in as many terminals; returns what did not end as it should. */
async function failuresOf(
  commands: readonly ReadmeCommand[],
  namespace: Namespace,
  { cwd, env }: Place,
): Promise<string[]> {
  const running: { command: ReadmeCommand; terminal: ReturnType<Namespace['start']> }[] = []
  for (const command of commands) {
    const { line, hasInput, untilInterrupted } = command
    const typed = line.includes(' CODE')
      ? line.replace('CODE', await codeOf(running.map(({ terminal }) => terminal)))
      : line
    const shell = ['bash', '-c', typed]
    const terminal = namespace.start(needsTerminal(line) ? inTerminal(shell) : shell, {
      cwd,
      env,
      input: hasInput ? '' : 'hello\n',
    })
    running.push({ command, terminal })
    // What the other lines of the block need has to be there before them.
    if (untilInterrupted) await terminal.waitForOutput(/\n/)
  }
  const [servers, others] = [true, false].map((wanted) =>
    running.filter(({ command }) => command.untilInterrupted === wanted),
  )
  for (const { terminal } of others ?? []) await terminal.exit
  for (const { terminal } of servers ?? []) terminal.kill('SIGINT')
  const ended = await Promise.all(
    running.map(async ({ command, terminal }) => ({ command, ...(await terminal.exit) })),
  )
  return ended
    .filter(({ command, code }) => code !== command.exitCode)
    .map(
      ({ command, code, signal, stdout, stderr }) =>
        `${command.line} exits ${code ?? signal}\n${stdout}${stderr}`,
    )
}

/** Everything else is to work without a terminal too. */
function needsTerminal(line: string): boolean {
  return line.includes('--view')
}

/** The same in a terminal of 80 columns and 24 rows; what it draws is output, and its exit code that of the command. */
function inTerminal(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return ['script', '--quiet', '--return', '--command', `stty cols 80 rows 24; ${quoted}`, '/dev/null']
}

/** What `send-file` printed for the other side. */
async function codeOf(terminals: readonly ReturnType<Namespace['start']>[]): Promise<string> {
  const sender = terminals.at(-1)
  if (sender === undefined) throw new Error('A line with CODE needs a line before it that prints one.')
  const [, code = ''] = await sender.waitForOutput(/on the other side: webrtc-cli receive-file (\S+)/)
  return code
}

/** coturn at the address of the page, with the user of the page. */
async function startTurnServer(namespace: Namespace, { cwd, env }: Place): Promise<void> {
  const address = [`--listening-ip=${DOCUMENTATION_ADDRESS}`, `--relay-ip=${DOCUMENTATION_ADDRESS}`]
  const user = ['--lt-cred-mech', '--realm=test', '--user=user:password', '--allow-loopback-peers']
  const plain = ['-n', '-v', '--no-cli', '--no-tls', '--no-dtls', '--log-file=stdout']
  const files = [`--pidfile=${join(cwd, 'turnserver.pid')}`, `--userdb=${join(cwd, 'turndb')}`]
  const server = namespace.start(
    ['turnserver', ...plain, ...address, '--listening-port=3478', ...user, ...files],
    {
      cwd,
      env,
    },
  )
  await server.waitForOutput(/Total General servers/)
}

async function verbsOfHelp(): Promise<string[]> {
  await using help = startCli(['--help'])
  const { stdout } = await help.exit
  return Array.from(stdout.matchAll(/^ {2}webrtc-cli ([\w-]+)/gm), ([, verb = '']) => verb)
}

async function helpsOfVerbs(...more: readonly string[]): Promise<string[]> {
  const exits = await runTogether(VERBS.map((verb) => ({ args: [verb, '--help', ...more] })))
  return exits.map(({ stdout }) => stdout)
}

function optionsOfHelp(): string[] {
  const options = FULL_HELPS.flatMap((help) =>
    Array.from(help.matchAll(/^ +(?:-\w, )?(--[a-z][\w-]*)/gm), ([, option = '']) => option),
  )
  return [...new Set(options)]
    .filter((option) => !['--help', '--version', '--all'].includes(option))
    .toSorted()
}

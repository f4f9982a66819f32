import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readModuleFacts, type ModuleFacts } from './support/module-facts.js'
import { findVerbViolations, findViolations } from './support/room-rules.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

function readSources(): Map<string, ModuleFacts> {
  const files = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' })
  const sources = files
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
  return new Map(sources.map((path) => [path, readModuleFacts(readFileSync(`${ROOT}${path}`, 'utf8'))]))
}

const check = (path: string, source: string) => findViolations(path, readModuleFacts(source))

const verb = (source: string) => readModuleFacts(`${source}\nexport const aCommand = {}`)

describe('the house', () => {
  const sources = readSources()

  it('has its sources', () => {
    expect(sources.size).toBeGreaterThan(20)
  })

  it('keeps to its floors and single owners', () => {
    expect([...sources].flatMap(([path, facts]) => findViolations(path, facts))).toEqual([])
  })

  it('has no verb that imports another verb', () => {
    expect(findVerbViolations(sources)).toEqual([])
  })
})

describe('the checker', () => {
  it.each([
    ['a node module in a pure room', 'src/session/a.ts', "import type { X } from 'node:stream'"],
    ['a node module over several lines', 'src/transfer/a.ts', "import {\n  a,\n  b,\n} from 'node:path'"],
    ['a re-export', 'src/chat/a.ts', "export * from '../adapters/wrtc/index.js'"],
    ['a dynamic import', 'src/stats/a.ts', "const m = await import('../terminal/format.js')"],
    ['the type of an import', 'src/stats/a.ts', "let m: import('../terminal/format.js').X"],
    ['an import without a name', 'src/media/a.ts', "import 'node:fs'"],
    ['a package off the list in a pure room', 'src/sdp/a.ts', "import x from 'left-pad'"],
    ['process in a pure room', 'src/signaling/a.ts', 'export const a = process.env.A'],
    ['console in a pure room', 'src/auth/a.ts', "console.log('x')"],
    ['Buffer in a pure room', 'src/transfer/a.ts', "export const a = Buffer.from('x')"],
    ['console anywhere', 'src/commands/a.ts', "console.error('x')"],
    ['a computed import', 'src/commands/a.ts', 'await import(name)'],
    ['a builtin without its prefix', 'src/server/a.ts', "import net from 'net'"],
    ['an engine in the terminal', 'src/terminal/a.ts', "import type { A } from '../session/session.js'"],
    ['more than types of events', 'src/terminal/a.ts', "import { peerEventSchema } from '../events.js'"],
    ['an adapter in an adapter', 'src/adapters/files/a.ts', "import { a } from '../wrtc/index.js'"],
    ['the terminal in an adapter', 'src/adapters/wrtc/a.ts', "import { a } from '../../terminal/format.js'"],
    ['an adapter in the server', 'src/server/a.ts', "import { a } from '../adapters/websocket/listen.js'"],
    ['wrtc elsewhere', 'src/commands/a.ts', "import wrtc from '@roamhq/wrtc'"],
    ['ws elsewhere', 'src/server/a.ts', "import { WebSocketServer } from 'ws'"],
    ['chalk elsewhere', 'src/commands/a.ts', "import chalk from 'chalk'"],
    ['yargs at work in a verb', 'src/commands/a.ts', "import yargs from 'yargs'"],
    ['process.exit elsewhere', 'src/commands/a.ts', 'process.exit(1)'],
    ['a signal handler elsewhere', 'src/terminal/a.ts', "process.once('SIGINT', stop)"],
    ['process taken apart', 'src/commands/a.ts', 'const { exit } = process'],
    ['process under another name', 'src/commands/a.ts', "import { exit } from 'node:process'"],
    ['a child process elsewhere', 'src/commands/a.ts', "import { spawn } from 'node:child_process'"],
    ['files elsewhere', 'src/commands/send-file.ts', "import { open } from 'node:fs/promises'"],
    ['an import from outside', 'src/commands/a.ts', "import { a } from '../../test/support/cli.js'"],
    ['an import without its ending', 'src/chat/a.ts', "import { a } from '../errors'"],
    ['a file without a concept', 'src/session/session-utils.ts', ''],
    ['a name in camel case', 'src/session/iceRestart.ts', ''],
    ['a room nobody knows', 'src/misc/a.ts', ''],
  ])('finds %s', (_what, path, source) => {
    expect(check(path, source)).not.toEqual([])
  })

  it.each([
    [
      'the names in comments and strings',
      'src/session/a.ts',
      "// import 'node:fs'\nconst a = 'process.exit(1)'",
    ],
    ['a property of that name', 'src/stats/a.ts', 'export const a = options.process ?? { console: 1 }'],
    ['types of events in the terminal', 'src/terminal/a.ts', "import { type PeerEvent } from '../events.js'"],
    ['types of yargs in a verb', 'src/commands/a.ts', "import type { CommandModule } from 'yargs'"],
    ['its own package in an adapter', 'src/adapters/wrtc/a.ts', "import wrtc from '@roamhq/wrtc'"],
    ['exit at the process edge', 'src/commands/run.ts', "process.on('SIGINT', stop); process.exit(1)"],
    ['the environment in a verb', 'src/commands/a.ts', 'export const a = process.env'],
  ])('lets pass %s', (_what, path, source) => {
    expect(check(path, source)).toEqual([])
  })

  it('finds a verb that imports another verb', () => {
    const modules = new Map([
      ['src/commands/offer.ts', verb("import { b } from './answer.js'")],
      ['src/commands/answer.ts', verb("import { c } from './options.js'")],
      ['src/commands/options/options.ts', readModuleFacts('export const c = 1')],
      ['src/commands/index.ts', readModuleFacts("export { a } from './offer.js'")],
    ])
    expect(findVerbViolations(modules)).toEqual([
      'src/commands/offer.ts is a verb and imports the verb src/commands/answer.ts',
    ])
  })
})

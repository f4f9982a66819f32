import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { serveWebSocket } from '../adapters/websocket/misbehaving-server.js'
import { EXIT_CODE_BY_ERROR } from '../../src/errors.js'
import { startCli, startServe } from '../support/cli.js'
import { temporaryDirectory, writeRandomFile } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'bin/webrtc-cli.js')

/** Steers a terminal, reorders and hides text: nothing of it may reach a terminal as it is. */
const HOSTILE = '\u001b[2J\u001b]0;title\u0007\u009b31m\u202egpj.exe\u200b\r'
const STEERING = /(?!\n)[\p{Cc}\p{Cf}]/u

/** A shell in which `$CLI` is the command. */
async function runShell(script: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn('bash', ['-c', script], {
    env: { ...process.env, CLI: `${process.execPath} ${BIN}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
    })
  }
  await once(child, 'close')
  return { code: child.exitCode, ...written }
}

const hasScript = (await runShell('script --version')).code === 0

type Uncoloured = [why: string, script: string, env: NodeJS.ProcessEnv]
const WITHOUT_COLOR: Uncoloured[] = [['no terminal', '$CLI answer', {}]]
if (hasScript) {
  WITHOUT_COLOR.push(
    ['NO_COLOR', 'script -qec "$CLI answer" /dev/null', { NO_COLOR: '1' }],
    ['TERM=dumb', 'script -qec "$CLI answer" /dev/null', { TERM: 'dumb' }],
    ['--no-color', 'script -qec "$CLI answer --no-color" /dev/null', {}],
  )
}

describe('--json', () => {
  // startCli holds every line against the schema, and the last one against the exit code of the process: of every test
  // that ends well too.
  it.each([
    ['a usage error', ['offer', '--timeout', 'soon'], 64, 'USAGE'],
    ['a timeout', ['serve', '--port', '0', '--timeout', '100ms'], 124, 'TIMED_OUT'],
  ])('ends with `exit` after %s', async (_what, args, code, reason) => {
    await using cli = startCli([...args, '--json'])
    const { events } = await cli.exit
    expect(events.at(-1)).toMatchObject({ event: 'exit', code, reason })
    expect(events.at(-2)).toMatchObject({ event: 'error', code: reason })
  })

  it.each([
    ['SIGINT', 130, 'INTERRUPTED'],
    ['SIGTERM', 143, 'TERMINATED'],
    ['SIGHUP', 143, 'TERMINATED'],
  ] as const)('ends with `exit` after %s', async (signal, code, reason) => {
    await using server = await startServe()
    server.kill(signal)
    const { events } = await server.exit
    expect(events.at(-1)).toMatchObject({ event: 'exit', code, reason })
  })

  it('ends quietly with 141 when the reader is gone', async () => {
    const { stdout, stderr } = await runShell('$CLI stats --json | head -n 1; echo "status ${PIPESTATUS[0]}"')
    expect(stdout).toMatch(/^\{.*\}\nstatus 141\n$/)
    expect(stderr).toBe('')
  })
})

describe('what people see', () => {
  it.each(WITHOUT_COLOR)('has no escape sequence with %s', async (_what, script, env) => {
    const { stdout, stderr } = await runShell(script, { TERM: 'xterm', NO_COLOR: '', ...env })
    expect(stdout + stderr).toContain('webrtc-cli: --room is missing')
    expect(stdout + stderr).not.toContain('\u001b')
  })

  it('has colour on a terminal', { skip: !hasScript }, async () => {
    const { stdout } = await runShell('script -qec "$CLI answer" /dev/null', { TERM: 'xterm', NO_COLOR: '' })
    expect(stdout).toContain('\u001b[31mwebrtc-cli:\u001b[39m')
  })

  it('is nothing on stderr with --quiet when all goes well', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--quiet']
    await using offerer = startCli(['offer', ...place, '--message', 'hi'])
    await using answerer = startCli(['answer', ...place])
    const exits = await Promise.all([offerer.exit, answerer.exit])
    expect(exits.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(exits[1]?.stdout).toContain('peer: hi')
  })

  it.each([
    ['to people', [], String.raw`peer: \x1b[2J\x1b]0;title\x07\x9b31m\u{202e}gpj.exe\u{200b}\r`],
    ['with --verbose', ['--verbose'], String.raw`peer: \x1b[2J\x1b]0;title\x07`],
    [
      'with --json',
      ['--json'],
      String.raw`"text":"\u001b[2J\u001b]0;title\u0007\u009b31m\u202egpj.exe\u200b\r"`,
    ],
  ])('is printable %s, whatever the peer says', async (_what, output, expected) => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url]
    await using offerer = startCli(['offer', ...place, '--message', HOSTILE])
    await using answerer = startCli(['answer', ...place, ...output])
    const [offered, { code, stdout, stderr }] = await Promise.all([offerer.exit, answerer.exit])
    expect([offered.code, code]).toEqual([0, 0])
    expect(stdout).toContain(expected)
    expect(stdout + stderr).not.toMatch(STEERING)
  })

  it('is printable whatever the name of a peer is, and a server that relays such a name ends the run with 76', async () => {
    const room = { room: 'x', peerId: 'me', iceServers: [] }
    await using server = await serveWebSocket((socket) => {
      const peers = [{ peerId: 'other', role: 'offerer', name: HOSTILE }]
      socket.on('message', () => socket.send(JSON.stringify({ type: 'joined', ...room, peers })))
      socket.send(JSON.stringify({ type: 'hello', version: 1, server: 'hostile', maxMessageBytes: 65_536 }))
    })
    await using answerer = startCli([
      'answer',
      '--room',
      'x',
      '--signal',
      `ws://127.0.0.1:${server.port}`,
      '--verbose',
    ])
    const { code, stdout, stderr } = await answerer.exit
    expect(code).toBe(76)
    expect(stdout + stderr).not.toMatch(STEERING)
  })

  it('is not waited for at the second Ctrl-C', { skip: process.platform === 'win32' }, async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url]
    await using offerer = startCli(['offer', ...place])
    await using answerer = startCli(['answer', ...place, '--json'])
    await Promise.all([offerer.waitForOutput('connected after'), answerer.waitForEvent('connected')])
    // A peer that stands still does not answer the bye, for which the first Ctrl-C waits half a second.
    answerer.kill('SIGSTOP')
    const startedMs = performance.now()
    const pressing = setInterval(() => offerer.kill('SIGINT'), 10)
    const { code } = await offerer.exit.finally(() => clearInterval(pressing))
    expect(code).toBe(130)
    expect(performance.now() - startedMs).toBeLessThan(450)
  })
})

describe('exit codes that no other test produces', () => {
  it('is 65 when the file changes while it is sent, and nothing of it is published', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'growing.log')
    await writeRandomFile(path, 30_000_000)
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using receiver = startCli(['receive-file', ...place, '--yes', '-o', join(directory, 'out/')])
    await using sender = startCli(['send-file', path, ...place])
    await sender.waitForEvent('transfer-progress')
    await appendFile(path, 'one more line\n')
    const [sent, received] = await Promise.all([sender.exit, receiver.exit])
    expect(sent.code).toBe(65)
    expect(received.code).toBe(65)
    expect(await readdir(join(directory, 'out'))).toEqual([])
  })

  it(
    'is 74 when writing fails, and nothing stands under the final name',
    { skip: process.platform === 'win32' },
    async () => {
      const directory = await temporaryDirectory()
      await writeFile(join(directory, 'big.bin'), Buffer.alloc(2_000_000))
      await using server = await openSignalingServer()
      const place = `--room x --signal ${server.url}`
      await using sender = startCli(['send-file', join(directory, 'big.bin'), ...place.split(' '), '--json'])
      // A limit of the shell on the size of files stands for a disk that is full.
      const receiver = await runShell(
        `ulimit -f 500; exec $CLI receive-file ${place} --yes -o ${directory}/out/`,
      )
      expect(receiver).toMatchObject({ code: 74, stderr: expect.stringContaining('Cannot write') })
      expect((await sender.exit).code).toBe(75)
      // What can be resumed is kept, under a name of its own.
      expect(await readdir(join(directory, 'out'))).toEqual([expect.stringMatching(/^\.big\.bin\..*\.part$/)])
    },
  )

  it('is 77 with a wrong token', async () => {
    await using server = await startServe(['--token', 's3cret'])
    await using cli = startCli(['offer', '--room', 'x', '--signal', server.url, '--token', 'wrong', '--json'])
    expect((await cli.exit).code).toBe(77)
  })
})

/** For every exit code the test that produces it: the file in test/e2e and the name of the test. */
const PRODUCED: Record<number, [file: string, name: string]> = {
  0: ['peer-session.test.ts', 'connect, say their messages and leave with 0'],
  1: ['demo.test.ts', 'fails with 1 when a peer of it cannot do its part, and says why'],
  64: ['failures.test.ts', 'ends with 64 for %s'],
  65: ['contract.test.ts', 'is 65 when the file changes while it is sent, and nothing of it is published'],
  66: ['failures.test.ts', '66 for a file that is not there, without looking for a server'],
  69: ['failures.test.ts', 'ends with 69 at a refused port, naming the URL'],
  73: ['transfer.test.ts', 'leave an existing file alone: 73 here, 75 there'],
  74: ['contract.test.ts', 'is 74 when writing fails, and nothing stands under the final name'],
  75: [
    'peer-session.test.ts',
    'refuse a third in the room with 75, and say bye on Ctrl-C: 130 here, 0 there',
  ],
  76: ['peer-session.test.ts', 'tell a peer of another kind what is missing: 76 on both sides'],
  77: ['contract.test.ts', 'is 77 with a wrong token'],
  78: ['failures.test.ts', '78 for a configuration file that is not there'],
  124: ['failures.test.ts', 'ends with 124 when nobody comes'],
  130: [
    'peer-session.test.ts',
    'refuse a third in the room with 75, and say bye on Ctrl-C: 130 here, 0 there',
  ],
  141: ['contract.test.ts', 'ends quietly with 141 when the reader is gone'],
  143: ['failures.test.ts', 'ends with 130 at Ctrl-C and 143 at SIGTERM, with a last line that says so'],
}

/** Codes that no command line ends in, and why. */
const NOT_PRODUCED: Record<number, string> = {
  70: 'it says that this program has a defect; one that is known is mended, not kept for a test',
}

describe('the exit codes', () => {
  it('are each produced by a test, or have a reason why not', () => {
    const codes = new Set([0, ...Object.values(EXIT_CODE_BY_ERROR)])
    const known = [...Object.keys(PRODUCED), ...Object.keys(NOT_PRODUCED)].map(Number)
    expect(known.toSorted((a, b) => a - b)).toEqual([...codes].toSorted((a, b) => a - b))
  })

  it.each(Object.entries(PRODUCED))('have their test: %s', (_code, [file, name]) => {
    expect(readFileSync(new URL(file, import.meta.url), 'utf8')).toContain(`'${name}'`)
  })
})

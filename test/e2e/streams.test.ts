import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { startCli, type Cli, type StartCliOptions } from '../support/cli.js'
import { temporaryDirectory } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

interface Place extends AsyncDisposable {
  /** Starts the program in the room of this place. */
  start(args: readonly string[], options?: StartCliOptions): Cli
  /** The same in a shell, whose script finds the command in $CLI and the room in $PLACE. */
  shell(script: string): Promise<{ code: number | null; stdout: string; stderr: string }>
}

async function openPlace(): Promise<Place> {
  const server = await openSignalingServer()
  const place = ['--room', 'streams', '--signal', server.url]
  const started: Cli[] = []
  return {
    start(args, options) {
      const cli = startCli([...args, ...place, '--json'], options)
      started.push(cli)
      return cli
    },
    async shell(script) {
      const env = { ...process.env, CLI: `${process.execPath} ${BIN}`, PLACE: place.join(' ') }
      const child = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      const written = { stdout: '', stderr: '' }
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (text: string) => {
          written[name] += text
        })
      }
      await once(child, 'close')
      return { code: child.exitCode, ...written }
    },
    async [Symbol.asyncDispose]() {
      for (const process of [...started, server]) await process[Symbol.asyncDispose]()
    },
  }
}

const TO_STDOUT = ['receive-file', '--yes', '-o', '-']
const onStderr = { events: 'stderr' } as const

describe('F15: streams', () => {
  it('carry any bytes from standard input to standard output, and nothing else', async () => {
    await using place = await openPlace()
    const content = randomBytes(9_000_000)
    const receiver = place.start(TO_STDOUT, onStderr)
    const sender = place.start(['send-file', '-'], { stdin: content })
    const [sent, received] = await Promise.all([sender.exit, receiver.exit])
    expect([sent.code, received.code]).toEqual([0, 0])
    expect(received.stdoutBytes.equals(content)).toBe(true)
    for (const { events } of [sent, received]) {
      expect(events.find(({ event }) => event === 'transfer-complete')).toMatchObject({
        bytes: content.byteLength,
        files: [{ name: 'stdin', sha256: sha256(content) }],
      })
      expect(events.find(({ event }) => event === 'transfer-offer')).toMatchObject({ bytes: null })
    }
  })

  it.each([
    ['into a directory under its name', ['--name', 'dump.sql'], 'out/', 'out/dump.sql'],
    ['into the file that -o names', [], 'here.bin', 'here.bin'],
  ])('are saved %s', async (_what, naming, output, expected) => {
    const directory = await temporaryDirectory()
    await using place = await openPlace()
    const receiver = place.start(['receive-file', '--yes', '-o', join(directory, output)])
    const sender = place.start(['send-file', '-', ...naming], { stdin: '' })
    const [sent, received] = await Promise.all([sender.exit, receiver.exit])
    expect([sent.code, received.code]).toEqual([0, 0])
    expect(received.events.find(({ event }) => event === 'transfer-complete')).toMatchObject({
      files: [{ path: join(directory, expected), bytes: 0 }],
    })
    expect(await readdir(join(directory, expected, '..'))).toEqual([expected.split('/').at(-1)])
  })

  it('take one file on standard output, and refuse several with 73', async () => {
    const directory = await temporaryDirectory()
    const paths = ['a', 'b'].map((name) => join(directory, name))
    for (const path of paths) await writeFile(path, 'content')
    await using place = await openPlace()
    const [one, several] = [paths.slice(0, 1), paths]
    const exits = []
    for (const sent of [one, several]) {
      const receiver = place.start(TO_STDOUT, onStderr)
      const sender = place.start(['send-file', ...sent])
      exits.push(await Promise.all([sender.exit, receiver.exit]))
    }
    expect(exits.map((both) => both.map(({ code }) => code))).toEqual([
      [0, 0],
      [75, 73],
    ])
    expect(exits.map(([, { stdout }]) => stdout)).toEqual(['content', ''])
  })

  it('end with 141 where the reader goes away, and tell the sender: 75 and a sentence', async () => {
    await using place = await openPlace()
    const sending = place.shell('yes | $CLI send-file - $PLACE; echo "status $?"')
    const receiving = place.shell(
      '$CLI receive-file --yes -o - $PLACE | head -c 10; echo "status ${PIPESTATUS[0]}"',
    )
    const [sent, received] = await Promise.all([sending, receiving])
    expect(received.stdout).toMatch(/^(y\n){5}status 141\n$/)
    expect(sent).toMatchObject({
      stdout: expect.stringContaining('status 75\n'),
      stderr: expect.stringContaining('The peer ended the transfer: whatever read its output is gone'),
    })
  })

  it.each([
    ['an option nobody knows', ['send-file', '--bogus', 'a']],
    ['standard input beside a file', ['send-file', '-', 'a']],
    ['a name with a slash', ['send-file', '-', '--name', 'a/b']],
    ['a name that nobody would take', ['send-file', '-', '--name', '..']],
    ['a name for a file', ['send-file', 'a', '--name', 'b']],
    ['nothing to send', ['send-file']],
    [
      'a TAP document in the data',
      ['receive-file', '--yes', '-o', '-', '--tap', '--expect', 'warnings == 0'],
    ],
  ])('refuse %s with 64 before anything is contacted', async (_what, args) => {
    await using cli = startCli([...args, '--room', 'x', '--signal', 'ws://127.0.0.1:9'])
    expect(await cli.exit).toMatchObject({ code: 64 })
  })
})

describe('a text', () => {
  const text = 'see you \u001b[2J\nat six'

  it.each([
    ['raw to a pipe', '$CLI receive-file --yes $PLACE', `${text}\n`],
    [
      'escaped on a terminal',
      'script -qec "$CLI receive-file --yes $PLACE" /dev/null',
      'see you \\x1b[2J\nat six\n',
    ],
    [
      'an event with --json',
      '$CLI receive-file --yes --json $PLACE',
      String.raw`"event":"text","text":"see you \u001b[2J\nat six","direction":"in"`,
    ],
  ])('is shown where no place is named: %s', async (_what, script, shown) => {
    await using place = await openPlace()
    const sender = place.start(['send-file', '--text', text])
    const [receiver, { code }] = await Promise.all([place.shell(script), sender.exit])
    // util-linux is everywhere but on a system that has no such terminal to show it on.
    if (script.startsWith('script') && receiver.code === 127) return
    expect([receiver.code, code]).toEqual([0, 0])
    expect(receiver.stdout.replaceAll('\r', '')).toContain(shown)
  })
})

describe.concurrent('pipe', () => {
  it('carries both directions, and the end of one does not end the other', async () => {
    await using place = await openPlace()
    const question = randomBytes(3_000_000)
    const answer = randomBytes(2_000_000)
    const asking = place.start(['pipe'], { ...onStderr, stdin: question })
    const answering = place.start(['pipe'], { ...onStderr, stdin: 'pipe' })
    // The one direction is over and verified before the other has begun.
    await asking.waitForEvent(
      (event) => event.event === 'transfer-progress' && event.bytesTransferred === question.byteLength,
    )
    await answering.write(answer)
    answering.endInput()
    const [asked, answered] = await Promise.all([asking.exit, answering.exit])
    expect([asked.code, answered.code]).toEqual([0, 0])
    expect(answered.stdoutBytes.equals(question)).toBe(true)
    expect(asked.stdoutBytes.equals(answer)).toBe(true)
    const complete = asked.events.filter((event) => event.event === 'transfer-complete')
    expect(complete.map(({ direction, files }) => [direction, files[0]?.sha256])).toEqual([
      ['send', sha256(question)],
      ['receive', sha256(answer)],
    ])
  })

  it('finds the other side by the code it prints, and brings a line as it is typed', async () => {
    await using server = await openSignalingServer()
    const options = { ...onStderr, stdin: 'pipe' } as const
    await using first = startCli(['pipe', '--signal', server.url, '--json'], options)
    const { code = '', command } = await first.waitForEvent('room')
    expect(command).toBe(`webrtc-cli pipe ${code} --signal ${server.url}`)
    await using second = startCli(['pipe', code, '--signal', server.url, '--json'], options)
    await first.write('ping\n')
    await second.waitForOutput('ping\n')
    await second.write('pong\n')
    await first.waitForOutput('pong\n')
    first.kill('SIGINT')
    const exits = await Promise.all([first.exit, second.exit])
    expect(exits.map(({ code: exitCode }) => exitCode)).toEqual([130, 75])
    expect(exits[1].events.find(({ event }) => event === 'error')).toMatchObject({ code: 'PEER_CANCELLED' })
  })

  it('ends with 75 when the other side is killed', async () => {
    await using place = await openPlace()
    const options = { ...onStderr, stdin: 'pipe' } as const
    const survivor = place.start(['pipe'], options)
    const victim = place.start(['pipe'], options)
    await victim.write('still here\n')
    await survivor.waitForOutput('still here\n')
    victim.kill('SIGKILL')
    const { code, events } = await survivor.exit
    expect(code).toBe(75)
    expect(events.find(({ event }) => event === 'error')).toMatchObject({ code: 'PEER_LOST' })
  })
})

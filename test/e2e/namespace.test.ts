import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { PeerEvent } from '../../src/events.js'
import { temporaryDirectory } from '../support/files.js'
import { openNamespace, parseEvents, whyNoNamespace, type Namespace } from '../support/namespace.js'

const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))
const ROUNDS = 10

const start = (namespace: Namespace, args: readonly string[], options?: { cwd?: string; input?: string }) =>
  namespace.start([process.execPath, BIN, ...args, '--json'], options)

const heard = (events: readonly PeerEvent[]) =>
  events.flatMap((event) => (event.event === 'chat' && event.direction === 'in' ? [event.text] : []))

const listening = (events: readonly PeerEvent[]) => events.filter(({ event }) => event === 'listening')

describe.skipIf(whyNoNamespace() !== undefined)('two terminals without a server', () => {
  it('chat: the first starts the server on the default port, the second finds it', async () => {
    await using namespace = await openNamespace()
    const offerer = start(namespace, ['offer', '--room', 'x'], { input: 'from the offerer\n' })
    await offerer.waitForOutput(/"event":"room"/)
    const answerer = start(namespace, ['answer', '--room', 'x'], { input: 'from the answerer\n' })
    const exits = await Promise.all([offerer.exit, answerer.exit])
    const [offered = [], answered = []] = exits.map(parseEvents)
    expect(exits.map(({ code }) => code)).toEqual([0, 0])
    expect(listening(offered)).toMatchObject([{ url: 'ws://127.0.0.1:8787', embedded: true }])
    expect(listening(answered)).toEqual([])
    expect([heard(offered), heard(answered)]).toEqual([['from the answerer'], ['from the offerer']])
  })

  it('find each other when they start at the same instant: one of them listens, every time', async () => {
    await using namespace = await openNamespace()
    for (let round = 0; round < ROUNDS; round += 1) {
      const terminals = ['offer', 'answer'].map((verb) =>
        start(namespace, [verb, '--room', 'x'], { input: `from ${verb}\n` }),
      )
      const exits = await Promise.all(terminals.map(({ exit }) => exit))
      const events = exits.map(parseEvents)
      expect(exits.map(({ code }) => code)).toEqual([0, 0])
      expect(listening(events.flat())).toHaveLength(1)
      expect(events.map(heard)).toEqual([['from answer'], ['from offer']])
    }
  })

  it('move a file with the code that the sender makes up', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'note.txt'), 'a short note')
    await using namespace = await openNamespace()
    const sender = start(namespace, ['send-file', 'note.txt'], { cwd: directory })
    const [, command = ''] = await sender.waitForOutput(/"command":"webrtc-cli ([^"]+)"/)
    const receiver = start(namespace, [...command.split(' '), '--yes', '-o', 'in/'], { cwd: directory })
    const exits = await Promise.all([sender.exit, receiver.exit])
    expect(exits.map(({ code }) => code)).toEqual([0, 0])
    for (const events of exits.map(parseEvents)) {
      expect(events.some(({ event }) => event === 'transfer-complete')).toBe(true)
    }
    expect(await readFile(join(directory, 'in/note.txt'), 'utf8')).toBe('a short note')
  })
})

import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PeerEventOf } from '../../src/events.js'
import { startCli, type Cli } from '../support/cli.js'
import { temporaryDirectory } from '../support/files.js'
import { startLoad } from '../support/load.js'
import { openSignalingServer } from '../support/signaling-server.js'

const FILE_BYTES = 14_000_000

/** Enough for more than one association. */
const SMALL_FILE_BYTES = 8_000_000

interface Transfer {
  sender: Cli
  receiver: Cli
  output: string
}

async function startTransfer(source: string, name: string, options: readonly string[]): Promise<Transfer> {
  const output = join(await temporaryDirectory(), name)
  const server = await openSignalingServer()
  const place = ['--room', name, '--signal', server.url, '--json']
  const receiver = startCli(['receive-file', ...place, '--yes', '-o', output])
  const sender = startCli(['send-file', source, ...place, ...options])
  onTestFinished(async () => {
    for (const one of [sender, receiver, server]) await one[Symbol.asyncDispose]()
  })
  return { sender, receiver, output }
}

async function randomFile(bytes: number): Promise<{ path: string; content: Buffer }> {
  const path = join(await temporaryDirectory(), 'data.bin')
  const content = randomBytes(bytes)
  await writeFile(path, content)
  return { path, content }
}

describe('the associations of a transfer', () => {
  // Both begin at the same time, each on a link of its own, and are compared when the first has arrived: what the
  // machine does to one it does to the other, and the slow one need not be waited for.
  it.each([
    { path: 'delay=25ms,loss=0.5%,rate=100mbit,seed=3', times: 5 },
    { path: 'delay=50ms,loss=0.5%,rate=100mbit,seed=3', times: 5 },
    { path: 'delay=25ms,loss=1%,rate=100mbit,seed=3', times: 5 },
  ])('carry $times times what a single one does over $path', async ({ path, times }) => {
    const { path: source, content } = await randomFile(FILE_BYTES)
    const [single, auto] = await Promise.all([
      startTransfer(source, 'single', ['--impair', path, '--associations', '1']),
      startTransfer(source, 'auto', ['--impair', path]),
    ])
    const { durationMs, associations } = await auto.receiver.waitForEvent('transfer-complete')
    await single.receiver.waitForEvent(
      (event) =>
        event.event === 'transfer-complete' ||
        (event.event === 'transfer-progress' && event.durationMs >= durationMs),
    )
    const carried = single.receiver.events.findLast(
      (event): event is PeerEventOf<'transfer-progress'> => event.event === 'transfer-progress',
    )
    expect(associations).toBeGreaterThan(8)
    expect(content.byteLength / (carried?.bytesTransferred ?? Infinity)).toBeGreaterThan(times)
    expect((await readFile(auto.output)).equals(content)).toBe(true)
  })

  it('are as few on a machine that has no time as on any short path', async () => {
    const { path: source, content } = await randomFile(SMALL_FILE_BYTES)
    const load = startLoad({ processesPerCore: 5 })
    onTestFinished(() => load[Symbol.dispose]())
    const { sender, receiver, output } = await startTransfer(source, 'busy', [])
    const { associations } = await receiver.waitForEvent('transfer-complete')
    expect((await sender.exit).code).toBe(0)
    const seen = sender.events.map((event) => (event.event === 'transfer-progress' ? event.associations : 0))
    expect(Math.max(associations, ...seen)).toBeLessThanOrEqual(4)
    expect((await readFile(output)).equals(content)).toBe(true)
  })
})

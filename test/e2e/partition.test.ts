import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { delay } from '../../src/async/delay.js'
import { temporaryDirectory, writeRandomFile } from '../support/files.js'
import { openNamespace, parseEvents, whyNoNamespace, type Namespace } from '../support/namespace.js'

const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))

/** The partition that has to be survived. */
const PARTITION_MS = 30_000

const start = (namespace: Namespace, cwd: string, args: readonly string[]) =>
  namespace.start([process.execPath, BIN, ...args, '--json'], { cwd })

async function run(namespace: Namespace, command: string): Promise<void> {
  const { code, stderr } = await namespace.start(['sh', '-c', command]).exit
  if (code !== 0) throw new Error(`${command}: ${stderr}`)
}

describe.skipIf(whyNoNamespace() !== undefined)('a transfer', () => {
  it('survives 30 s in which nothing gets through, signaling included', { timeout: 150_000 }, async () => {
    const directory = await temporaryDirectory()
    await writeRandomFile(join(directory, 'source.bin'), 100_000_000)
    await using namespace = await openNamespace()
    const server = start(namespace, directory, ['serve', '--port', '8787'])
    await server.waitForOutput(/"event":"listening"/)
    const receiver = start(namespace, directory, ['receive-file', '--room', 'x', '--yes', '-o', 'target.bin'])
    const sender = start(namespace, directory, ['send-file', 'source.bin', '--room', 'x'])
    await sender.waitForOutput(/"event":"transfer-progress"/)
    await run(
      namespace,
      'nft add table inet cut && nft add chain inet cut in "{ type filter hook input priority 0; policy drop; }"',
    )
    await sender.waitForOutput(/PEER_SILENT/)
    await delay(PARTITION_MS)
    await run(namespace, 'nft delete table inet cut')
    const exits = await Promise.all([sender.exit, receiver.exit])
    expect(exits.map(({ code }) => code)).toEqual([0, 0])
    for (const events of exits.map(parseEvents)) {
      expect(events.some(({ event }) => event === 'transfer-complete')).toBe(true)
    }
    const [sent, received] = await Promise.all(
      ['source.bin', 'target.bin'].map((name) => readFile(join(directory, name))),
    )
    expect(received && sent?.equals(received)).toBe(true)
  })
})

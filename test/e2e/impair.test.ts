import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PeerEventOf } from '../../src/events.js'
import { startCli } from '../support/cli.js'
import { isMissing, startCoturn } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

describe('--impair', () => {
  it.each([
    ['dleay=5ms', 'knows no part "dleay"'],
    ['loss=2', 'loss must be a share'],
  ])('%s is a usage error that names the part', async (impairment, message) => {
    await using cli = startCli(['answer', '--room', 'x', '--impair', impairment, '--json'])
    const { code, events } = await cli.exit
    expect(code).toBe(64)
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'error', message: expect.stringContaining(message) }),
    )
  })

  it('delays what both sides send, also the further connections of a transfer, and says what it did', async () => {
    const directory = await temporaryDirectory()
    const source = join(directory, 'data.bin')
    const content = randomBytes(3_000_000)
    await writeFile(source, content)
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const output = join(directory, 'received/')
    await using receiver = startCli(['receive-file', ...place, '--yes', '-o', output])
    const impair = ['--impair', 'delay=15ms,loss=0.2%,rate=50mbit,seed=4']
    await using sender = startCli(['send-file', source, ...place, ...impair, '--expect', 'path == direct'])
    const [sent, received] = await Promise.all([sender.exit, receiver.exit])
    expect([sent.code, received.code]).toEqual([0, 0])
    expect((await readFile(join(output, 'data.bin'))).equals(content)).toBe(true)
    const { candidatePair } = await sender.waitForEvent('connected')
    expect(candidatePair).toMatchObject({ relayed: false, local: { type: 'host' } })
    expect(candidatePair?.currentRoundTripTime).toBeGreaterThan(0.028)
    // The file is over before a second association could help.
    expect(await receiver.waitForEvent('transfer-complete')).toMatchObject({ associations: 1 })
    const impairment = impairmentOf(sent.events)
    expect(impairment).toMatchObject({ delayMs: 15, lossRatio: 0.002, rate: 50e6, queueMs: 100, seed: 4 })
    // All of the file went through it, with whatever connections it took.
    expect(impairment?.outgoing.bytes).toBeGreaterThan(content.length)
    expect(impairment?.outgoing.lost).toBeGreaterThan(0)
  })

  it.skipIf(isMissing('turnserver'))('reaches a TURN server through the link too', async () => {
    await using turn = await startCoturn()
    await using server = await openSignalingServer()
    const ice = ['--ice-server', turn.url, '--ice-transport-policy', 'relay']
    const place = ['--room', 'x', '--signal', server.url, '--json', ...ice]
    await using offerer = startCli(['offer', ...place, '--impair', 'delay=20ms', '--message', 'hi'])
    await using answerer = startCli(['answer', ...place])
    const [offered, answered] = await Promise.all([offerer.exit, answerer.exit])
    expect([offered.code, answered.code]).toEqual([0, 0])
    const { candidatePair } = await offerer.waitForEvent('connected')
    expect(candidatePair).toMatchObject({ relayed: true, local: { type: 'relay', relayProtocol: 'udp' } })
    expect(candidatePair?.currentRoundTripTime).toBeGreaterThan(0.038)
    expect(impairmentOf(offered.events)?.incoming.packets).toBeGreaterThan(10)
  })
})

function impairmentOf(events: readonly { event: string }[]): PeerEventOf<'impairment'> | undefined {
  return events.find((event): event is PeerEventOf<'impairment'> => event.event === 'impairment')
}

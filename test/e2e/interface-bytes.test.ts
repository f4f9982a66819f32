import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { openNamespace, parseEvents, whyNoNamespace } from '../support/namespace.js'

const BIN = new URL('../../bin/webrtc-cli.js', import.meta.url).pathname

describe.skipIf(whyNoNamespace() !== undefined)('our figures and those of the network interface', () => {
  /** Ethernet, IPv4 and UDP, which W3C webrtc-stats does not count. */
  const HEADER_BYTES = 14 + 20 + 8

  /** `ip -s -j link`, see ip-link(8). */
  const interfaceSchema = v.tuple([v.object({ stats64: v.object({ tx: v.object({ bytes: v.number() }) }) })])

  it('agree on what both peers sent', async () => {
    await using network = await openNamespace()
    const start = (args: string[]) =>
      network.start([process.execPath, BIN, ...args, '--room', 'count', '--no-ipv6', '--json'])
    const countBytes = async () => {
      const { stdout } = await network.start(['ip', '-s', '-j', 'link', 'show', 'dev', 'lo']).exit
      const [link] = v.parse(interfaceSchema, JSON.parse(stdout))
      return link.stats64.tx.bytes
    }
    const beforeBytes = await countBytes()
    // Both are watchers that send, so that neither waits for a person or a pipe.
    // As much as goes, so that signaling, which is on the interface too, is little of it.
    const media = [
      '--video',
      'noise',
      '--degradation-preference',
      'maintain-framerate-and-resolution',
      '--audio',
      'tone',
      '--interval',
      '500ms',
    ]
    const ending = start(['stats', ...media, '--duration', '3s'])
    const following = start(['stats', ...media])
    const ends = await Promise.all([ending.exit, following.exit])
    const interfaceBytes = (await countBytes()) - beforeBytes
    const totals = ends.map((end) => {
      const summaries = parseEvents(end).filter((event) => event.event === 'stats-summary')
      return new Map(summaries.flatMap(({ figures }) => figures.map(({ figure, last }) => [figure, last])))
    })
    const sent = (figure: string) => sum(totals.map((all) => all.get(figure) ?? Number.NaN))
    const [bytes, packets] = [sent('transport.bytesSent'), sent('transport.packetsSent')]
    // Signaling goes over the same interface, and both say goodbye after the last sample.
    const ratio = (bytes + packets * HEADER_BYTES) / interfaceBytes
    expect(ratio, `${bytes} in ${packets} packets, ${interfaceBytes} on the interface`).toBeGreaterThan(0.95)
    expect(ratio).toBeLessThanOrEqual(1)
  }, 40_000)
})

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

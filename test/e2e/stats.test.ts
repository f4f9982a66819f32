import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PeerEventOf } from '../../src/events.js'
import { startCli } from '../support/cli.js'
import { temporaryDirectory } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

describe('stats', () => {
  it('measures two peers in its own process: data, video and audio, with a selected pair', async () => {
    await using cli = startCli(['stats', '--json', '--duration', '5s'])
    const { code, events } = await cli.exit
    expect(code).toBe(0)
    const samples = events.filter((event): event is PeerEventOf<'stats'> => event.event === 'stats')
    expect(samples.length).toBeGreaterThanOrEqual(4)
    for (const { summary } of samples) {
      expect(summary.candidatePair).toMatchObject({ relayed: false, local: { type: 'host' } })
      expect(summary.candidatePair?.currentRoundTripTime).toBeGreaterThan(0)
      for (const kind of ['audio', 'video'] as const) {
        for (const direction of ['inbound', 'outbound'] as const) {
          const stream = summary.streams.find((row) => row.kind === kind && row.direction === direction)
          expect(stream?.bitrate, `${direction} ${kind}`).toBeGreaterThan(0)
        }
      }
      const traffic = summary.dataChannels.find(({ label }) => label === 'traffic')
      expect(traffic?.sendBitrate).toBeGreaterThan(0)
      expect(traffic?.receiveBitrate).toBeGreaterThan(0)
    }
  })

  it('sends what comes on standard input from one of the two, which alone reads it', async () => {
    const frame = Buffer.concat([Buffer.from('FRAME\n'), Buffer.alloc(64 * 48 * 1.5, 128)])
    const frames = Array.from({ length: 20 }, () => frame)
    const stdin = Buffer.concat([Buffer.from('YUV4MPEG2 W64 H48 F30:1 Ip C420jpeg\n'), ...frames])
    await using cli = startCli(['stats', '--json', '--video', '-'], { stdin })
    const ended = await cli.waitForEvent((event) => event.event === 'source' && event.state === 'ended')
    expect(ended).toMatchObject({ kind: 'video', source: '-', width: 64, height: 48 })
    cli.kill('SIGINT')
    expect((await cli.exit).code).toBe(130)
  })

  it('joins a room as a peer and watches what the other sends', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, '--video', 'bars', '--duration', '3s'])
    await using watcher = startCli(['stats', ...place, '--interval', '500ms'])
    const [{ code }, watched] = await Promise.all([offerer.exit, watcher.exit])
    expect([code, watched.code]).toEqual([0, 0])
    const video = watched.events.flatMap((event) => (event.event === 'stats' ? event.summary.streams : []))
    expect(video).toContainEqual(expect.objectContaining({ direction: 'inbound', kind: 'video', width: 640 }))
    expect(watched.events.some(({ event }) => event === 'track')).toBe(true)
  })

  it('adds the raw report with --verbose', async () => {
    await using cli = startCli(['stats', '--json', '--verbose', '--duration', '1500ms'])
    const sample = await cli.waitForEvent('stats')
    expect(sample.report?.some(({ type }) => type === 'transport')).toBe(true)
    expect((await cli.exit).code).toBe(0)
  })

  it('prints a table to people', async () => {
    await using cli = startCli(['stats', '--duration', '1500ms'])
    const { code, stdout } = await cli.exit
    expect(code).toBe(0)
    expect(stdout).toMatch(/pair +host udp .* direct/)
    expect(stdout).toMatch(/out video 1 +VP8/)
  })
})

describe('samples go elsewhere too', () => {
  it('to a table and to a Prometheus, while the run goes on', async () => {
    const csv = join(await temporaryDirectory(), 'stats.csv')
    await using cli = startCli(['stats', '--json', '--interval', '300ms', '--csv', csv, '--prometheus', '0'])
    const { url } = await cli.waitForEvent('metrics')
    await cli.waitForEvent('stats')
    const metrics = await (await fetch(url)).text()
    expect(metrics).toMatch(/^webrtc_connected 1$/m)
    expect(metrics).toMatch(
      /^webrtc_stream_bitrate_bits_per_second\{direction="inbound",kind="video",.*\} \d+/m,
    )
    cli.kill('SIGINT')
    const { code, events } = await cli.exit
    expect(code).toBe(130)
    expect(events.map(({ event }) => event)).toContain('stats-summary')
    const [header, ...rows] = (await readFile(csv, 'utf8')).trimEnd().split('\r\n')
    expect(header).toMatch(/^time,elapsed \(s\),object,stream,path,/)
    expect(rows.length).toBeGreaterThanOrEqual(10)
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('costs no connection where the port or the file cannot be had', async () => {
    await using cli = startCli(['stats', '--json', '--csv', '/nowhere/stats.csv'])
    expect(await cli.exit).toMatchObject({ code: 73, events: [{ event: 'error' }, { event: 'exit' }] })
  })
})

import { describe, expect, it } from 'vitest'
import type { PeerEvent } from '../../src/events.js'
import { startCli, type Cli } from '../support/cli.js'
import { openSignalingServer } from '../support/signaling-server.js'

const said = (events: readonly PeerEvent[], direction: 'in' | 'out') =>
  events.flatMap((event) => (event.event === 'chat' && event.direction === direction ? [event.text] : []))

async function finish(...peers: Cli[]) {
  const exits = await Promise.all(peers.map((peer) => peer.exit))
  return { codes: exits.map(({ code }) => code), events: exits.map(({ events }) => events) }
}

describe('offer and answer', () => {
  it('connect, say their messages and leave with 0', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, '--message', 'one', '--message', 'two'])
    await using answerer = startCli(['answer', ...place, '--message', 'three', '--peer-name', 'Ada'])
    const { codes, events } = await finish(offerer, answerer)
    expect(codes).toEqual([0, 0])
    expect(said(events[0] ?? [], 'in')).toEqual(['three'])
    expect(said(events[1] ?? [], 'in')).toEqual(['one', 'two'])
    expect(events[0]?.find(({ event }) => event === 'peer-joined')).toMatchObject({ name: 'Ada' })
  })

  it('connect when both of them offer', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using first = startCli(['offer', ...place, '--message', 'first'])
    await using second = startCli(['offer', ...place, '--message', 'second'])
    const { codes, events } = await finish(first, second)
    expect(codes).toEqual([0, 0])
    expect(events.map((of) => said(of, 'in'))).toEqual([['second'], ['first']])
  })

  it('need no server: the first starts it in its own process', async () => {
    await using first = startCli([
      'offer',
      '--room',
      'x',
      '--signal',
      'embedded:0',
      '--message',
      'hi',
      '--json',
    ])
    const { url, embedded } = await first.waitForEvent('listening')
    expect(embedded).toBe(true)
    await using second = startCli(['answer', '--room', 'x', '--signal', url, '--json'])
    expect((await finish(first, second)).codes).toEqual([0, 0])
  })

  it('send the lines of a pipe on both sides and lose none when one ends before the other', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const many = Array.from({ length: 500 }, (_, index) => `line ${index}`)
    await using offerer = startCli(['offer', ...place], { stdin: 'only one\n' })
    await using answerer = startCli(['answer', ...place], { stdin: `${many.join('\n')}\n` })
    const { codes, events } = await finish(offerer, answerer)
    expect(codes).toEqual([0, 0])
    expect(said(events[0] ?? [], 'in')).toEqual(many)
    expect(said(events[1] ?? [], 'in')).toEqual(['only one'])
  })

  it.each([
    ['ordered', ['--ordered']],
    ['unordered', ['--unordered']],
    ['limited by resends', ['--unordered', '--max-retransmits', '3']],
    ['limited by time', ['--max-packet-life-time', '500']],
    ['negotiated on both sides', ['--negotiated-id', '7', '--label', 'mine']],
  ])('chat over a channel that is %s', async (_what, options) => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json', ...options]
    await using offerer = startCli(['offer', ...place, '--message', 'hi'])
    await using answerer = startCli(['answer', ...place])
    const { codes, events } = await finish(offerer, answerer)
    expect(codes).toEqual([0, 0])
    expect(said(events[1] ?? [], 'in')).toEqual(['hi'])
  })

  it('carry tracks both ways, report what arrived, and leave when --duration is over', async () => {
    await using server = await openSignalingServer()
    const place = [
      '--room',
      'x',
      '--signal',
      server.url,
      '--json',
      '--video',
      'bars',
      '--audio',
      'tone',
      '--width',
      '320',
    ]
    const size = ['--height', '240', '--stats', '500ms']
    await using offerer = startCli(['offer', ...place, ...size, '--duration', '3s'])
    await using answerer = startCli(['answer', ...place, ...size])
    const { codes, events } = await finish(offerer, answerer)
    expect(codes).toEqual([0, 0])
    for (const of of events) {
      const tracks = of.filter(({ event }) => event === 'track')
      expect(tracks).toContainEqual(
        expect.objectContaining({ kind: 'audio', codec: 'opus', sampleRate: 48_000 }),
      )
      expect(tracks).toContainEqual(
        expect.objectContaining({ kind: 'video', codec: 'VP8', width: 320, height: 240 }),
      )
      expect(of.filter(({ event }) => event === 'stats').length).toBeGreaterThan(2)
    }
    expect(events[1]?.at(-1)).toMatchObject({ event: 'exit', reason: 'done' })
  })

  it('refuse a third in the room with 75, and say bye on Ctrl-C: 130 here, 0 there', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place])
    await using answerer = startCli(['answer', ...place])
    await Promise.all([offerer.waitForEvent('connected'), answerer.waitForEvent('connected')])
    await using third = startCli(['answer', ...place])
    const { code, events } = await third.exit
    expect(code).toBe(75)
    expect(events.find(({ event }) => event === 'error')).toMatchObject({ code: 'ROOM_FULL' })
    offerer.kill('SIGINT')
    expect((await finish(offerer, answerer)).codes).toEqual([130, 0])
  })

  it('send all candidates in one description with --no-trickle, of ports of --port-range only', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json', '--no-trickle', '--no-ipv6']
    await using offerer = startCli(['offer', ...place, '--message', 'hi', '--port-range', '40000:40999'])
    await using answerer = startCli(['answer', ...place])
    const { codes, events } = await finish(offerer, answerer)
    expect(codes).toEqual([0, 0])
    const candidates = events.flat().flatMap((event) => (event.event === 'candidate' ? [event] : []))
    expect(candidates.length).toBeGreaterThan(0)
    expect(candidates.filter(({ address }) => address?.includes(':'))).toEqual([])
    const ports = (events[0] ?? []).flatMap((event) =>
      event.event === 'candidate' && event.side === 'local' ? [event.port ?? 0] : [],
    )
    expect(ports.length).toBeGreaterThan(0)
    expect(ports.every((port) => port >= 40_000 && port <= 40_999)).toBe(true)
  })

  it('tell a peer of another kind what is missing: 76 on both sides', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, '--message', 'hi'])
    await using receiver = startCli(['receive-file', ...place, '--yes'])
    expect((await finish(offerer, receiver)).codes).toEqual([76, 76])
  })
})

import { readFileSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { startCli, type Cli } from '../support/cli.js'
import { sha256Of, temporaryDirectory, writeRandomFile } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

const SCHEMA = fileURLToPath(new URL('../../dist/commands.schema.json', import.meta.url))
const isCommand = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')))

/** Gives commands to a peer and waits for the answer of each. */
function controllerOf(peer: Cli) {
  let lastId = 0
  return async (command: object): Promise<PeerEventOf<'command'>> => {
    const id = ++lastId
    const line = { ...command, id }
    expect({ line, isCommand: isCommand(line) }).toEqual({ line, isCommand: true })
    await peer.write(`${JSON.stringify(line)}\n`)
    await peer.waitForEvent((event) => event.event === 'command' && event.id === id)
    const answer = peer.events.find((event) => event.event === 'command' && event.id === id)
    if (answer?.event !== 'command') throw new Error('no answer')
    return answer
  }
}

const changes = (events: readonly PeerEvent[], side: 'local' | 'remote') =>
  events.flatMap((event) =>
    event.event === 'track-change' && event.side === side ? [[event.kind, event.mode, event.source]] : [],
  )

/** How often this side has made an offer; other states change during one. */
function offers(events: readonly PeerEvent[]): number {
  const states = events.flatMap((event) => (event.event === 'state' ? [event.signalingState] : []))
  const isNew = (state: string, index: number) => state === 'have-local-offer' && states[index - 1] !== state
  return states.filter((state, index) => isNew(state, index)).length
}

describe('a session that is told what to do', () => {
  it('switches, mutes and pauses what it sends, and takes what arrives, until it quits', async () => {
    const cwd = await temporaryDirectory()
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--control', '--json']
    const options = { stdin: 'pipe', cwd } as const
    await using offerer = startCli(['offer', ...place, '--video', 'bars', '--width', '320'], options)
    await using answerer = startCli(['answer', ...place], options)
    const [tell, tellPeer] = [controllerOf(offerer), controllerOf(answerer)]
    await answerer.waitForEvent('track')

    // What it is not told well ends nothing.
    await offerer.write('{"command":"vidoe"}\nnonsense\n')
    await offerer.waitForEvent((event) => event.event === 'command' && event.command === 'vidoe')
    expect(await tell({ command: 'video', source: 'nofile.mp4' })).toMatchObject({
      ok: false,
      error: { code: 'INPUT_UNREADABLE', message: 'Cannot read nofile.mp4: it does not exist.' },
    })
    expect(await tell({ command: 'mute', kind: 'audio' })).toMatchObject({ error: { code: 'USAGE' } })
    expect(await tell({ command: 'bitrate', bitrate: 'much' })).toMatchObject({ error: { code: 'USAGE' } })

    // A text, and another source behind the track there is: nothing is negotiated.
    expect(await tell({ command: 'chat', text: 'look' })).toMatchObject({ ok: true })
    expect(await tell({ command: 'video', source: 'color:red' })).toMatchObject({ ok: true })
    await answerer.waitForEvent((event) => event.event === 'track-change' && event.source === 'color:red')
    expect(offers(offerer.events)).toBe(1)
    expect(await tellPeer({ command: 'snapshot', path: 'red.png' })).toMatchObject({ ok: true })
    expect(await tellPeer({ command: 'record', action: 'start', path: 'red.y4m' })).toMatchObject({
      ok: true,
    })

    // What was not sent is negotiated.
    expect(await tell({ command: 'audio', source: 'tone:880' })).toMatchObject({ ok: true })
    const heard = (event: PeerEvent) => event.event === 'track' && event.kind === 'audio'
    expect(await answerer.waitForEvent(heard)).toMatchObject({ frequency: expect.closeTo(880, -1) })
    expect(offers(offerer.events)).toBe(2)

    expect(await tellPeer({ command: 'record', action: 'pause' })).toMatchObject({ ok: true })

    // Nothing of the picture is sent during a pause, and what was muted before is muted after it.
    await tell({ command: 'mute', kind: 'video' })
    await tell({ command: 'pause' })
    expect(await tell({ command: 'stats' })).toMatchObject({ ok: true })
    const { summary } = await offerer.waitForEvent('stats')
    const sent = summary.streams.find(({ direction, kind }) => direction === 'outbound' && kind === 'video')
    // Of 30 a second; what was in the encoder still goes.
    expect(sent?.framesPerSecond ?? 0).toBeLessThan(3)
    await tell({ command: 'resume' })
    await tell({ command: 'unmute' })
    await tell({ command: 'bitrate', bitrate: 200_000 })
    expect(await tellPeer({ command: 'record', action: 'resume' })).toMatchObject({ ok: true })
    expect(await tellPeer({ command: 'record', action: 'stop' })).toMatchObject({ ok: true })
    await tell({ command: 'restart-ice' })

    // The other side's input may go on.
    await tell({ command: 'quit' })
    const [ended, left] = await Promise.all([offerer.exit, answerer.exit])
    expect([ended.code, left.code]).toEqual([0, 0])
    const course = ['muted', 'paused', 'muted', 'live'].map((mode) => ['video', mode, 'color:red'])
    expect(changes(ended.events, 'local')).toEqual(course)
    expect(changes(left.events, 'remote')).toEqual([
      ['video', 'live', 'color:red'],
      ['audio', 'live', 'tone:880'],
      ...course,
    ])
    expect(left.events).toContainEqual(expect.objectContaining({ event: 'chat', text: 'look' }))
    const recorded = left.events.flatMap((event) => (event.event === 'recording' ? [event.state] : []))
    expect(recorded).toEqual(['recording', 'paused', 'recording', 'finished'])
    for (const name of ['red.png', 'red.y4m']) expect(statSync(join(cwd, name)).size).toBeGreaterThan(100)
  })

  it('sends files and directories while it chats, to who accepts them', async () => {
    const cwd = await temporaryDirectory()
    await mkdir(join(cwd, 'tree/deep'), { recursive: true })
    await writeFile(join(cwd, 'tree/deep/leaf'), 'green')
    await writeRandomFile(join(cwd, 'tree/photo.jpg'), 8_000_000)
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--control', '--json']
    const options = { stdin: 'pipe', cwd } as const
    await using offerer = startCli(['offer', ...place], options)
    await using answerer = startCli(['answer', ...place, '-o', 'received'], options)
    const [tell, tellPeer] = [controllerOf(offerer), controllerOf(answerer)]
    const offers = () => answerer.events.filter(({ event }) => event === 'transfer-offer')
    const asked = (count: number) => answerer.waitForEvent(() => offers().length === count)
    await Promise.all([offerer.waitForEvent('connected'), answerer.waitForEvent('connected')])

    expect(await tell({ command: 'send', path: 'none' })).toMatchObject({
      error: { code: 'INPUT_UNREADABLE' },
    })
    expect(await tellPeer({ command: 'accept' })).toMatchObject({ error: { code: 'USAGE' } })
    const declined = tell({ command: 'send', path: 'tree' })
    await asked(1)
    expect(offers()[0]).toMatchObject({ direction: 'receive', asks: true, bytes: 8_000_005 })
    expect(await tell({ command: 'chat', text: 'a tree' })).toMatchObject({ ok: true })
    await answerer.waitForEvent('chat')
    expect(await tellPeer({ command: 'decline' })).toMatchObject({ ok: true })
    expect(await declined).toMatchObject({ ok: false, error: { code: 'PEER_DECLINED' } })

    const sent = tell({ command: 'send', path: 'tree' })
    await asked(2)
    expect(await tellPeer({ command: 'accept' })).toMatchObject({ ok: true })
    expect(await tell({ command: 'chat', text: 'meanwhile' })).toMatchObject({ ok: true })
    expect(await sent).toMatchObject({ ok: true })
    const photo = await sha256Of(join(cwd, 'tree/photo.jpg'))
    expect(await sha256Of(join(cwd, 'received/tree/photo.jpg'))).toBe(photo)
    expect(readFileSync(join(cwd, 'received/tree/deep/leaf'), 'utf8')).toBe('green')

    await tell({ command: 'quit' })
    const [ended, left] = await Promise.all([offerer.exit, answerer.exit])
    expect([ended.code, left.code]).toEqual([0, 0])
    const course = ({ events }: { events: readonly PeerEvent[] }) =>
      events.flatMap(({ event }) => (/^transfer-(?!progress)|^chat/.test(event) ? [event] : []))
    const declining = ['transfer-offer', 'chat', 'transfer-failed']
    expect(course(left).slice(0, 3)).toEqual(declining)
    const taking = ['transfer-offer', 'transfer-accepted', 'chat', 'transfer-complete']
    for (const side of [left, ended])
      expect(course(side).toSorted()).toEqual([...declining, ...taking].toSorted())
  })
})

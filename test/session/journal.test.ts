import { describe, expect, it } from 'vitest'
import { createPeerConnection, openAudioOutput } from '../../src/adapters/wrtc/index.js'
import { createJournal, type JournalEntry } from '../../src/session/journal.js'
import { journalConnections } from '../../src/session/journalled-connection.js'
import { plainValue } from '../../src/session/plain-value.js'
import type { CreatePeerConnection } from '../../src/session/ports.js'
import { openSessionPair } from '../support/session-pair.js'

function summary(entry: JournalEntry): string {
  if ('method' in entry) return `${entry.what} ${entry.method}`
  if (entry.what === 'state') return `${entry.state} ${entry.value}`
  if (entry.what === 'data-channel') return `channel ${entry.label} ${entry.state}`
  return entry.what
}

describe('the journal of a session', () => {
  it('has everything that happens to the connection, in order and without its secrets', async () => {
    const journal = createJournal()
    const entries: JournalEntry[] = []
    journal.subscribe((entry) => entries.push(entry))
    const iceServers = [{ urls: 'turn:127.0.0.1:9', username: 'somebody', credential: 'sesame' }]
    await using source = openAudioOutput()
    const pair = await openSessionPair({
      offerer: {
        createPeerConnection: journalConnections(createPeerConnection, journal),
        configuration: { iceServers },
      },
      setUp: (connection, side) => {
        connection.createDataChannel('told', { negotiated: true, id: 7 })
        if (side === 'answerer') connection.addTrack(source.track)
      },
    })
    for await (const track of pair.offerer.tracks()) {
      expect(track.kind).toBe('audio')
      break
    }
    await pair.offerer.getStats()
    pair.offerer.restartIce()
    await pair[Symbol.asyncDispose]()

    const told = entries.map(summary)
    const inOrder = [
      'created',
      'called createDataChannel',
      'called createOffer',
      'succeeded createOffer',
      'called setLocalDescription',
      'signalingState have-local-offer',
      'candidate',
      'called setRemoteDescription',
      'connectionState connected',
      'called restartIce',
      'channel told closed',
      'closed',
    ]
    const places = inOrder.map((what) => told.indexOf(what))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
    for (const what of ['track', 'stats', 'channel told open', 'channel webrtc-cli.control closed']) {
      expect(told).toContain(what)
    }
    expect(entries.every(({ connection }) => connection === 0)).toBe(true)
    // The session disposes of it, and so does who opened the session.
    await pair.offerer[Symbol.asyncDispose]()
    expect(entries.filter(({ what }) => what === 'closed')).toHaveLength(1)
    const times = entries.map(({ timeMs }) => timeMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))

    const text = JSON.stringify(entries)
    expect(text).toContain('turn:127.0.0.1:9')
    expect(text).toContain('a=ice-ufrag:')
    expect(text).not.toMatch(/somebody|sesame/)
    expect(new Set(Array.from(text.matchAll(/a=ice-pwd:(\w+)/g), ([, password]) => password))).toEqual(
      new Set(['redactedredactedredacted']),
    )
  })

  it('has what is changed of a sender, and of which track', async () => {
    const journal = createJournal()
    const entries: JournalEntry[] = []
    using reading = journal.subscribe((entry) => entries.push(entry))
    await using source = openAudioOutput()
    await using connection = journalConnections(createPeerConnection, journal)({}, () => undefined)
    await connection.addTrack(source.track).setParameters({ maxBitrate: 20_000 })
    expect(entries.map(summary).slice(-2)).toEqual(['called setParameters', 'succeeded setParameters'])
    expect(entries.at(-2)).toMatchObject({
      args: [{ encodings: [{ maxBitrate: 20_000 }] }, { kind: 'audio', id: source.track.id }],
    })
    expect(reading).toBeDefined()
  })

  it("costs nothing where nobody reads it: the connection is the stack's own", async () => {
    const made: unknown[] = []
    const create: CreatePeerConnection = (configuration, onEvent) => {
      const connection = createPeerConnection(configuration, onEvent)
      made.push(connection)
      return connection
    }
    const connection = journalConnections(create, createJournal())({ iceServers: [] }, () => undefined)
    expect(made).toEqual([connection])
    expect(made[0]).toBe(connection)
    await connection[Symbol.asyncDispose]()
  })

  it('says that and why a call failed, and the caller hears it too', async () => {
    const journal = createJournal()
    const entries: JournalEntry[] = []
    using reading = journal.subscribe((entry) => entries.push(entry))
    await using connection = journalConnections(createPeerConnection, journal)({}, () => undefined)
    await expect(connection.setRemoteDescription({ type: 'answer', sdp: 'v=0\r\n' })).rejects.toThrow(
      'setRemoteDescription',
    )
    expect(entries.map(summary)).toEqual([
      'created',
      'called setRemoteDescription',
      'failed setRemoteDescription',
    ])
    expect(reading).toBeDefined()
  })
})

describe('what is kept of an argument', () => {
  it.each([
    ['text', 'x', 'x'],
    ['bytes', new Uint8Array(3), { byteLength: 3 }],
    ['a track', new (class { kind = 'video'; id = 'a'; stop() {} })(), { kind: 'video', id: 'a' }], // prettier-ignore
    ['nested secrets', [{ iceServers: [{ urls: 'stun:a', username: 'u', credential: 'c' }] }], [{ iceServers: [{ urls: 'stun:a' }] }]], // prettier-ignore
    ['credentials in a URL', { urls: 'turn:user:pass@host' }, { urls: 'turn:host' }],
    ['an ICE password', 'v=0\r\na=ice-pwd:verysecret\r\n', 'v=0\r\na=ice-pwd:redactedredactedredacted\r\n'],
    ['an SDES key', 'a=crypto:1 AES_CM inline:abc|2^20', 'a=crypto:1 AES_CM inline:redactedredactedredacted'],
    ['what is not there', undefined, null],
  ])('%s', (_what, value, kept) => {
    expect(plainValue(value)).toEqual(kept)
  })
})

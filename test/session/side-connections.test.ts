import { describe, expect, it, vi } from 'vitest'
import { createPeerConnection } from '../../src/adapters/wrtc/index.js'
import { AsyncQueue } from '../../src/async/async-queue.js'
import { PeerError } from '../../src/errors.js'
import { DEFAULT_CANDIDATE_POLICY } from '../../src/session/candidate.js'
import type { ConnectionMessage } from '../../src/session/control-message.js'
import type { PeerConnection } from '../../src/session/ports.js'
import type { ConnectionSignaling } from '../../src/session/session.js'
import { SideConnections } from '../../src/session/side-connections.js'

interface End extends ConnectionSignaling {
  said: ConnectionMessage[]
  hears: (message: ConnectionMessage) => void
  end: () => void
}

/** What a session gives to its side connections, without the session. */
function createEnd(deliver: (message: ConnectionMessage) => void = () => undefined): End {
  const heard = new AsyncQueue<ConnectionMessage>()
  const lifetime = new AbortController()
  const said: ConnectionMessage[] = []
  return {
    said,
    signal: lifetime.signal,
    hears: (message) => heard.push(message),
    connectionMessages: (options) => heard.read(options),
    async sendConnectionMessage(message) {
      said.push(message)
      deliver(message)
    },
    end() {
      lifetime.abort(new PeerError('PEER_LOST', 'The session is over.'))
      heard.end()
    },
  }
}

function createEnds(): { left: End; right: End } {
  const left: End = createEnd((message) => right.hears(message))
  const right: End = createEnd((message) => left.hears(message))
  return { left, right }
}

const connect = (end: End) => {
  const connections: PeerConnection[] = []
  const all = new SideConnections(end, {
    createPeerConnection(configuration, onEvent) {
      const connection = createPeerConnection(configuration, onEvent)
      connections.push(connection)
      return connection
    },
    configuration: { iceServers: [] },
    candidatePolicy: DEFAULT_CANDIDATE_POLICY,
    createChannels: (connection) => connection.createDataChannel('x', { negotiated: true, id: 0 }),
  })
  return { all, connections }
}

/** An offer as the binding makes it. */
async function realOffer(): Promise<string> {
  await using stranger = createPeerConnection({ iceServers: [] }, () => undefined)
  stranger.createDataChannel('x')
  return (await stranger.createOffer()).sdp ?? ''
}

async function nextOf<T>(iterable: AsyncIterable<T>): Promise<T> {
  for await (const item of iterable) return item
  throw new Error('none came')
}

async function allOf<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of iterable) all.push(item)
  return all
}

describe('connections beside that of a session', () => {
  it('carry messages both ways at the same time, and close when both sides have ended them', async () => {
    const { left, right } = createEnds()
    const [ours, theirs] = [connect(left), connect(right)]
    const [opened, alsoOpened] = [ours.all.open(), theirs.all.open()]
    const [taken, alsoTaken] = await Promise.all([nextOf(theirs.all.incoming()), nextOf(ours.all.incoming())])
    await Promise.all([opened.channels.send('there'), alsoOpened.channels.send('and back')])
    expect(await nextOf(taken.channels.messages())).toBe('there')
    expect(await nextOf(alsoTaken.channels.messages())).toBe('and back')

    const closing = opened[Symbol.asyncDispose]()
    await vi.waitFor(() => expect(taken.signal.aborted).toBe(true))
    expect(ours.connections[0]?.states.connectionState).toBe('connected')
    await taken[Symbol.asyncDispose]()
    await closing
    await Promise.all([ours.all[Symbol.asyncDispose](), theirs.all[Symbol.asyncDispose]()])
    const states = [...ours.connections, ...theirs.connections].map((one) => one.states.connectionState)
    expect(states).toEqual(['closed', 'closed', 'closed', 'closed'])
  })

  it('cannot be used any more when the session ends', async () => {
    const end = createEnd()
    const { all } = connect(end)
    const side = all.open()
    end.end()
    expect(side.signal.aborted).toBe(true)
    await side[Symbol.asyncDispose]()
    expect(await allOf(all.incoming())).toEqual([])
  })

  it('are not more than a few of a peer that opens many, and none twice', async () => {
    const end = createEnd()
    const { all, connections } = connect(end)
    const offer = { type: 'offer', sdp: await realOffer() } as const
    for (const id of [1, 2, 3, 4, 5, 6, 6, 3])
      end.hears({ type: 'connection', id, role: 'offerer', message: offer })
    await vi.waitFor(() =>
      expect(end.said.filter(({ type }) => type === 'connection-end')).toEqual([
        expect.objectContaining({ id: 5, role: 'answerer', reason: 'more than 4 connections at once' }),
        expect.objectContaining({ id: 6, role: 'answerer', reason: 'more than 4 connections at once' }),
      ]),
    )
    expect(connections).toHaveLength(4)
    end.end()
    await all[Symbol.asyncDispose]()
  })

  it('are not opened by what is no offer', async () => {
    const end = createEnd()
    const { all, connections } = connect(end)
    const candidate = { candidate: 'x', sdpMid: null, sdpMLineIndex: null }
    end.hears({ type: 'connection', id: 1, role: 'offerer', message: { type: 'candidate', candidate } })
    end.hears({ type: 'connection', id: 1, role: 'offerer', message: { type: 'answer', sdp: '' } })
    end.hears({ type: 'connection', id: 9, role: 'answerer', message: { type: 'offer', sdp: '' } })
    end.hears({ type: 'connection-end', id: 1, role: 'offerer', reason: '' })
    end.end()
    expect(await allOf(all.incoming())).toEqual([])
    expect(connections).toEqual([])
  })

  it('end with a peer that floods one of them, or offers what is no description', async () => {
    const end = createEnd()
    const { all } = connect(end)
    const candidate = { candidate: 'x', sdpMid: null, sdpMLineIndex: null }
    end.hears({ type: 'connection', id: 1, role: 'offerer', message: { type: 'offer', sdp: 'nonsense' } })
    const side = await nextOf(all.incoming())
    for (let count = 0; count < 300; count++)
      end.hears({ type: 'connection', id: 1, role: 'offerer', message: { type: 'candidate', candidate } })
    await vi.waitFor(() => expect(side.signal.aborted).toBe(true))
    expect(side.signal.reason).toMatchObject({ code: 'PROTOCOL_VIOLATION' })
    end.end()
    await all[Symbol.asyncDispose]()
  })

  it('are given up without a path, after half a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const end = createEnd()
      const { all } = connect(end)
      const side = all.open()
      vi.advanceTimersByTime(29_000)
      expect(side.signal.aborted).toBe(false)
      vi.advanceTimersByTime(2_000)
      expect(side.signal.reason).toMatchObject({ code: 'ICE_FAILED' })
      end.end()
      await all[Symbol.asyncDispose]()
    } finally {
      vi.useRealTimers()
    }
  })
})

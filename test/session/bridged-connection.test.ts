import { describe, expect, it, onTestFinished } from 'vitest'
import { createPeerConnection } from '../../src/adapters/wrtc/index.js'
import { bridgeConnections } from '../../src/session/bridged-connection.js'
import type { CreatePeerConnection, PeerConnectionEvent, RawStats } from '../../src/session/ports.js'

const URL = 'turns:turn.test:5349'
const BRIDGE = { url: URL, port: 4242, failure: () => 'not trusted' }
const LOCAL = 'turn:127.0.0.1:4242?transport=tcp'

/** Real connections, except for their statistics, with what they were made of. */
function createDouble(stats: RawStats[]) {
  const made: { configuration?: RTCConfiguration; emit?: (event: PeerConnectionEvent) => void } = {}
  const create: CreatePeerConnection = (configuration, onEvent) => {
    Object.assign(made, { configuration, emit: onEvent })
    const connection = createPeerConnection({}, () => undefined)
    onTestFinished(() => connection[Symbol.asyncDispose]())
    return Object.assign(connection, { getStats: async () => stats })
  }
  return { made, create }
}

describe('a bridged connection', () => {
  it('reaches the server over the bridge, and others as they are', () => {
    const { made, create } = createDouble([])
    const iceServers = [{ urls: [URL, 'stun:192.0.2.1:3478'], username: 'u', credential: 'p' }]
    bridgeConnections(create, [BRIDGE])({ iceServers }, () => undefined)
    expect(made.configuration?.iceServers).toEqual([
      { urls: [LOCAL, 'stun:192.0.2.1:3478'], username: 'u', credential: 'p' },
    ])
  })

  it('names the server in what it reports, and why it could not be reached', () => {
    const { made, create } = createDouble([])
    const events: PeerConnectionEvent[] = []
    bridgeConnections(create, [BRIDGE])({}, (event) => events.push(event))
    const candidate = { candidate: 'x' }
    made.emit?.({ type: 'candidate', candidate, url: LOCAL })
    made.emit?.({ type: 'candidate-error', url: LOCAL, errorCode: 701, errorText: '' })
    made.emit?.({ type: 'candidate-error', url: 'stun:192.0.2.1', errorCode: 701, errorText: '' })
    expect(events).toEqual([
      { type: 'candidate', candidate, url: URL },
      { type: 'candidate-error', url: URL, errorCode: 701, errorText: 'not trusted' },
      { type: 'candidate-error', url: 'stun:192.0.2.1', errorCode: 701, errorText: '' },
    ])
  })

  it('names it in the statistics', async () => {
    const bare = { timestamp: 1, type: 'local-candidate' }
    const { create } = createDouble([
      { ...bare, id: 'a', url: LOCAL, relayProtocol: 'tcp' },
      { ...bare, id: 'b', url: 'turn:127.0.0.1:9?transport=tcp', relayProtocol: 'tcp' },
    ])
    const connection = bridgeConnections(create, [BRIDGE])({}, () => undefined)
    expect(await connection.getStats()).toEqual([
      { ...bare, id: 'a', url: URL, relayProtocol: 'tls' },
      { ...bare, id: 'b', url: 'turn:127.0.0.1:9?transport=tcp', relayProtocol: 'tcp' },
    ])
  })
})

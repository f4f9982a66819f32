import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openNetwork } from '../../../src/adapters/net/network.js'
import { openTlsBridge } from '../../../src/adapters/net/turn-bridge.js'
import { findCertificateFault } from '../../../src/check/certificate.js'
import { probeServer } from '../../../src/check/probe-server.js'
import { NoAnswer } from '../../../src/check/probe-failure.js'
import type { ServerTarget } from '../../../src/check/server-target.js'
import { issueCertificate } from '../../support/certificates.js'
import { temporaryDirectory } from '../../support/files.js'
import { hasOpenssl } from '../websocket/misbehaving-server.js'

const LOCALHOST = '127.0.0.1'

async function portOf(server: Server): Promise<number> {
  server.listen(0, LOCALHOST)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on a port')
  return address.port
}

/** A UDP server that answers every packet with these. */
async function udpServer(answers: readonly Uint8Array[]): Promise<number> {
  const socket = createSocket('udp4', (_bytes, { port, address }) => {
    for (const answer of answers) socket.send(answer, port, address)
  })
  socket.bind(0, LOCALHOST)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return socket.address().port
}

/** A port that nothing listens on any more. */
async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

async function failureOf(
  transport: ServerTarget['transport'],
  port: number,
  { limitMs = 10_000, kind = 'stun' }: { limitMs?: number; kind?: ServerTarget['kind'] } = {},
) {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new NoAnswer()), limitMs)
  const credentials = kind === 'turn' ? { username: 'user', credential: 'password' } : null
  const target = { url: 'x', kind, transport, host: LOCALHOST, port, credentials, extra: false }
  const [found] = await probeServer(target, { network: openNetwork(), signal: limit.signal, ipv6: true })
  clearTimeout(timer)
  return found?.failure
}

describe('the network', () => {
  it.each(['udp', 'tcp', 'tls'] as const)('tells a refused %s port', async (transport) => {
    expect(await failureOf(transport, await closedPort())).toMatchObject({ code: 'refused' })
  })

  it.each([
    ['nothing', []],
    ['garbage', [Uint8Array.of(255, 1, 2, 3), new Uint8Array(1_400), new Uint8Array()]],
  ])('tells a server that answers %s over UDP', async (_what, answers) => {
    const port = await udpServer(answers)
    expect(await failureOf('udp', port, { limitMs: 700 })).toMatchObject({ code: 'timeout' })
    expect(await failureOf('udp', port, { limitMs: 700, kind: 'turn' })).toMatchObject({ code: 'timeout' })
  })

  it.each([
    ['closes', '', 'closed'],
    ['speaks another protocol', '\u00ff'.repeat(40), 'not-stun'],
  ])('tells a server that %s over TCP', async (_what, text, code) => {
    const port = await portOf(createServer((socket) => socket.on('error', () => undefined).end(text)))
    expect(await failureOf('tcp', port)).toMatchObject({ code })
  })

  it('tells a server without TLS where TLS is expected', async () => {
    const port = await portOf(
      createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400\r\n\r\n')),
    )
    expect(await failureOf('tls', port)).toMatchObject({ code: 'tls' })
  })

  it('ends what is waited for with the signal', async () => {
    const ending = new AbortController()
    const port = await portOf(createServer())
    const events = { onPacket: () => undefined, onFailure: () => undefined }
    const opening = openNetwork().openTls(
      { address: LOCALHOST, port },
      { ...events, serverName: 'x', signal: ending.signal },
    )
    const reason = new Error('enough')
    ending.abort(reason)
    await expect(opening).rejects.toBe(reason)
  })
})

describe.skipIf(!hasOpenssl())('TLS (skipped without openssl on the PATH)', () => {
  async function echoServer() {
    const files = await issueCertificate(await temporaryDirectory(), [`IP:${LOCALHOST}`])
    const [cert, key, ca] = await Promise.all(
      [files.certificate, files.key, files.ca].map((path) => readFile(path)),
    )
    const port = await portOf(
      createTlsServer({ cert, key }, (socket) => socket.on('error', () => undefined).pipe(socket)),
    )
    return { port, ca }
  }

  it('shows a certificate, trusted with its authority and only then', async () => {
    const { port, ca } = await echoServer()
    const options = {
      serverName: LOCALHOST,
      signal: new AbortController().signal,
      onPacket: () => undefined,
      onFailure: () => undefined,
    }
    await using unknown = await openNetwork().openTls({ address: LOCALHOST, port }, options)
    expect(findCertificateFault(unknown.certificate, LOCALHOST)?.message).toContain('private authority')
    await using known = await openNetwork({ ca }).openTls({ address: LOCALHOST, port }, options)
    expect(findCertificateFault(known.certificate, LOCALHOST)).toBeUndefined()
    await using misnamed = await openNetwork({ ca }).openTls(
      { address: LOCALHOST, port },
      { ...options, serverName: 'other.test' },
    )
    expect(findCertificateFault(misnamed.certificate, 'other.test')?.message).toContain('not for other.test')
  })

  it('is bridged from loopback, with the authority and only then', async () => {
    const { port, ca } = await echoServer()
    await using bridge = await openTlsBridge({ host: LOCALHOST, port }, { ca })
    const local = connect(bridge.port, LOCALHOST)
    local.write('through')
    const [echoed]: unknown[] = await once(local, 'data')
    expect(String(echoed)).toBe('through')

    await using strict = await openTlsBridge({ host: LOCALHOST, port })
    const refused = connect(strict.port, LOCALHOST)
    refused.on('error', () => undefined).write('not sent')
    await once(refused, 'close')
    expect(strict.failure?.message).toContain('private authority')

    await bridge[Symbol.asyncDispose]()
    await once(local, 'close')
  })
})

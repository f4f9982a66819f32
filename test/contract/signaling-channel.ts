import { describe, expect, it } from 'vitest'
import type { OpenSignalingChannel, SignalingChannel } from '../../src/signaling/channel.js'
import type { ClientMessage, ServerMessage } from '../../src/signaling/message.js'

/** A running signaling server and the way to open channels to it. */
export interface SignalingUnderTest extends AsyncDisposable {
  url: string
  open: OpenSignalingChannel
  /** Ends the server; open connections break and new ones are refused. */
  stop(): Promise<void>
}

/** What every SignalingChannel promises. Run by the tests of each implementation. */
export function describeSignalingChannel(name: string, start: () => Promise<SignalingUnderTest>): void {
  describe(`${name} as a SignalingChannel`, () => {
    it('has consumed the hello when it is open, so that the first message is an answer', async () => {
      await using server = await start()
      await using channel = await server.open()
      await channel.send({ type: 'ping', id: 7 })
      expect(await nextOf(channel)).toEqual({ type: 'pong', id: 7 })
    })

    it('relays between two channels in order, with the text unchanged', async () => {
      await using server = await start()
      await using offerer = await server.open()
      await using answerer = await server.open()
      await join(offerer, 'offerer')
      const { peerId, peers } = await join(answerer, 'answerer')
      const [to] = peers.map((peer) => peer.peerId)
      const sdp = 'v=0\r\ns=Grüße 👋 "quoted" \\ \u2028\r\n'
      await answerer.send({ type: 'offer', sdp, to: to ?? '' })
      await answerer.send({ type: 'end-of-candidates', to: to ?? '' })
      const reader = offerer.messages()[Symbol.asyncIterator]()
      expect((await reader.next()).value).toMatchObject({ type: 'peer-joined', peer: { peerId } })
      expect((await reader.next()).value).toEqual({ type: 'offer', sdp, from: peerId })
      expect((await reader.next()).value).toEqual({ type: 'end-of-candidates', from: peerId })
    })

    it('keeps what arrives before the first read', async () => {
      await using server = await start()
      await using channel = await server.open()
      await using other = await server.open()
      for (let id = 0; id < 20; id += 1) await channel.send({ type: 'ping', id })
      await other.send({ type: 'ping', id: 0 })
      await nextOf(other)
      const reader = channel.messages()[Symbol.asyncIterator]()
      for (let id = 0; id < 20; id += 1) expect((await reader.next()).value).toEqual({ type: 'pong', id })
    })

    it('ends its messages when it is disposed', async () => {
      await using server = await start()
      const channel = await server.open()
      const reader = channel.messages()[Symbol.asyncIterator]()
      const next = reader.next()
      await channel[Symbol.asyncDispose]()
      expect(await next).toMatchObject({ done: true })
    })

    it('ends its messages and says how it was lost when the server ends', async () => {
      await using server = await start()
      await using channel = await server.open()
      await server.stop()
      for await (const message of channel.messages()) expect(message.type).toBe('error')
      const lost = await channel.closed
      expect(lost.code).toBe('SIGNALING_LOST')
      expect(lost.message).toContain(server.url)
    })

    it('rejects sending after it is disposed or lost', async () => {
      await using server = await start()
      const disposed = await server.open()
      await using lost = await server.open()
      await disposed[Symbol.asyncDispose]()
      await expect(disposed.send({ type: 'leave' })).rejects.toMatchObject({ code: 'SIGNALING_LOST' })
      await server.stop()
      await lost.closed
      await expect(lost.send({ type: 'leave' })).rejects.toMatchObject({ code: 'SIGNALING_LOST' })
    })

    it('rejects a message above the limit and goes on', async () => {
      await using server = await start()
      await using channel = await server.open()
      const tooLarge: ClientMessage = { type: 'offer', sdp: 'x'.repeat(70_000), to: 'nobody' }
      await expect(channel.send(tooLarge)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
      await channel.send({ type: 'ping', id: 1 })
      expect(await nextOf(channel)).toEqual({ type: 'pong', id: 1 })
    })

    it('stops opening, sending and reading with the reason of the signal', async () => {
      await using server = await start()
      await using channel = await server.open()
      const reason = new Error('changed my mind')
      const aborted = AbortSignal.abort(reason)
      await expect(server.open({ signal: aborted })).rejects.toBe(reason)
      await expect(channel.send({ type: 'leave' }, { signal: aborted })).rejects.toBe(reason)

      const controller = new AbortController()
      const next = channel.messages({ signal: controller.signal })[Symbol.asyncIterator]().next()
      controller.abort(reason)
      await expect(next).rejects.toBe(reason)
    })

    it('can be disposed twice, and after the server is gone', async () => {
      await using server = await start()
      const channel = await server.open()
      const orphan = await server.open()
      await Promise.all([channel[Symbol.asyncDispose](), channel[Symbol.asyncDispose]()])
      await channel[Symbol.asyncDispose]()
      await server.stop()
      await orphan[Symbol.asyncDispose]()
      await expect(orphan.closed).resolves.toMatchObject({ code: 'SIGNALING_LOST' })
    })

    it('refuses to open when no server runs, naming its URL', async () => {
      await using server = await start()
      await server.stop()
      const opening = server.open()
      await expect(opening).rejects.toMatchObject({
        code: 'SIGNALING_UNREACHABLE',
        cause: { code: 'ECONNREFUSED' },
      })
      await expect(opening).rejects.toThrow(server.url)
    })
  })
}

async function nextOf(channel: SignalingChannel): Promise<ServerMessage | undefined> {
  for await (const message of channel.messages()) return message
  return undefined
}

async function join(channel: SignalingChannel, role: 'offerer' | 'answerer') {
  await channel.send({ type: 'join', room: 'contract', role, name: null })
  const answer = await nextOf(channel)
  if (answer?.type !== 'joined') throw new Error(`expected joined, got ${JSON.stringify(answer)}`)
  return answer
}

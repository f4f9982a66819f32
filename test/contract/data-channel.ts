import { describe, expect, it } from 'vitest'
import type { AbortOptions } from '../../src/async/abortable.js'
import type { DataChannel, Message } from '../../src/session/ports.js'

/** The two ends of one channel, not yet connected. */
export interface DataChannelPairUnderTest extends AsyncDisposable {
  left: DataChannel
  right: DataChannel
  /** Resolves when both ends are open. */
  connect(): Promise<void>
  /** Ends the connection below the left end. */
  cut(): Promise<void>
}

/** The part of an RTCDataChannelInit that both ends have to know. */
export type DataChannelTraits = Pick<
  RTCDataChannelInit,
  'ordered' | 'maxRetransmits' | 'maxPacketLifeTime' | 'protocol'
>

export type CreateDataChannelPair = (traits?: DataChannelTraits) => DataChannelPairUnderTest

const KIB = 1024
const MIB = 1024 * KIB

/** What every DataChannel promises. Run by the tests of each implementation. */
export function describeDataChannel(name: string, create: CreateDataChannelPair): void {
  const open = async (traits?: DataChannelTraits) => {
    const pair = create(traits)
    await pair.connect()
    return pair
  }

  describe(`${name} as a DataChannel`, () => {
    it.each<[string, DataChannelTraits, object]>([
      [
        'nothing asked for',
        {},
        { ordered: true, maxRetransmits: null, maxPacketLifeTime: null, protocol: '' },
      ],
      ['unordered', { ordered: false }, { ordered: false, maxRetransmits: null, maxPacketLifeTime: null }],
      ['no retransmits', { maxRetransmits: 0 }, { maxRetransmits: 0, maxPacketLifeTime: null }],
      ['a packet lifetime', { maxPacketLifeTime: 250 }, { maxRetransmits: null, maxPacketLifeTime: 250 }],
      ['a protocol', { protocol: 'höchst.v1' }, { protocol: 'höchst.v1' }],
    ])('says what it is: %s', async (_what, traits, expected) => {
      await using pair = create(traits)
      expect(pair.left).toMatchObject(expected)
      expect(pair.right).toMatchObject(expected)
    })

    it.each<[string, Message, Message?]>([
      ['text', 'Grüße 👋 \u0000\r\n\u2028'],
      ['empty text', ''],
      ['a lone surrogate, replaced', 'a\ud800b', 'a\ufffdb'],
      ['bytes', Uint8Array.of(0, 1, 127, 128, 255)],
      ['no bytes', new Uint8Array(0)],
      ['part of a larger buffer', Uint8Array.of(9, 9, 1, 2, 3, 9).subarray(2, 5), Uint8Array.of(1, 2, 3)],
    ])('carries %s', async (_what, sent, expected = sent) => {
      await using pair = await open()
      await pair.left.send(sent)
      await pair.right.send(sent)
      expect(await readOne(pair.right)).toStrictEqual(expected)
      expect(await readOne(pair.left)).toStrictEqual(expected)
    })

    it('has taken the bytes when send resolves: the buffer can be used again', async () => {
      await using pair = await open()
      const buffer = Uint8Array.of(1)
      for (let value = 1; value <= 50; value += 1) {
        buffer[0] = value
        await pair.left.send(buffer)
      }
      const received = await read(pair.right, 50)
      expect(received).toStrictEqual(Array.from({ length: 50 }, (_, index) => Uint8Array.of(index + 1)))
    })

    it('loses nothing that arrives before the first read', async () => {
      await using pair = await open()
      for (let index = 0; index < 100; index += 1) await pair.left.send(`early ${index}`)
      await pair.right.send('all sent')
      expect(await readOne(pair.left)).toBe('all sent')
      expect(await read(pair.right, 100)).toEqual(Array.from({ length: 100 }, (_, index) => `early ${index}`))
    })

    it('goes on with the next message when a second reader follows the first', async () => {
      await using pair = await open()
      for (const text of ['one', 'two', 'three']) await pair.left.send(text)
      expect(await readOne(pair.right)).toBe('one')
      expect(await read(pair.right, 2)).toEqual(['two', 'three'])
    })

    it('keeps the order of calls that were not awaited, small ones behind large ones', async () => {
      await using pair = await open()
      const messages = Array.from({ length: 60 }, (_, index) =>
        index % 2 === 0 ? new Uint8Array(128 * KIB).fill(index) : `small ${index}`,
      )
      const sending = Promise.all(messages.map((message) => pair.left.send(message)))
      const received = await read(pair.right, messages.length)
      await sending
      expect(received.map(shortForm)).toEqual(messages.map(shortForm))
    })

    it('keeps the order of each of two senders at once', async () => {
      await using pair = await open()
      const sendAll = async (who: string, bytes: number) => {
        for (let index = 0; index < 40; index += 1)
          await pair.left.send(`${who} ${index} `.padEnd(bytes, '.'))
      }
      const sending = Promise.all([sendAll('loud', 200 * KIB), sendAll('quiet', 10)])
      const received = await read(pair.right, 80)
      await sending
      const numbersOf = (who: string) =>
        received.map((message) => String(message).split(' ', 2)).filter(([name]) => name === who)
      const inOrder = (who: string) => Array.from({ length: 40 }, (_, index) => [who, String(index)])
      expect(numbersOf('loud')).toEqual(inOrder('loud'))
      expect(numbersOf('quiet')).toEqual(inOrder('quiet'))
    })

    it('holds the sender back and loses nothing of 64 MiB with a slow reader', async () => {
      await using pair = await open()
      const bytes = 64 * KIB
      const total = (64 * MIB) / bytes
      let sent = 0
      const sending = (async () => {
        for (; sent < total; sent += 1) await pair.left.send(numbered(sent, bytes))
      })()
      let received = 0
      let mostQueued = 0
      for await (const message of pair.right.messages()) {
        mostQueued = Math.max(mostQueued, pair.left.bufferedAmount)
        if (numberOf(message) !== received || message.length !== bytes) break
        received += 1
        if (received === total) break
        await turn()
      }
      expect(received).toBe(total)
      await sending
      // What has left it waits at the receiver, which cuts off who fills that.
      expect(mostQueued).toBeLessThanOrEqual(MIB)
    })

    it('takes a message as large as the peer does and rejects a larger one without harm', async () => {
      await using pair = await open()
      const { maxMessageSize } = pair.left
      const largest = new Uint8Array(maxMessageSize).fill(7)
      await expect(pair.left.send(new Uint8Array(maxMessageSize + 1))).rejects.toMatchObject({
        code: 'MESSAGE_TOO_LARGE',
      })
      await expect(pair.left.send(`${'x'.repeat(maxMessageSize - 1)}ß`)).rejects.toMatchObject({
        code: 'MESSAGE_TOO_LARGE',
      })
      await pair.left.send(largest)
      await pair.left.send('x'.repeat(maxMessageSize))
      const [bytes = '', text] = await read(pair.right, 2)
      // Not toEqual, which takes a second for so many.
      expect(Buffer.from(largest).equals(Buffer.from(bytes))).toBe(true)
      expect(text).toHaveLength(maxMessageSize)
    })

    it('rejects messages that are too large for the peer although they were given before it was open', async () => {
      await using pair = create()
      const tooLarge = new Uint8Array(512 * KIB)
      const sending = Promise.allSettled(
        [tooLarge, 'small', tooLarge].map((message) => pair.left.send(message)),
      )
      await pair.connect()
      const rejected = { status: 'rejected', reason: { code: 'MESSAGE_TOO_LARGE' } }
      expect(await sending).toMatchObject([rejected, { status: 'fulfilled' }, rejected])
      expect(await readOne(pair.right)).toBe('small')
    })

    it('cuts off a peer that sends more than can be queued unread', async () => {
      await using pair = await open()
      const flood = async () => {
        for (;;) await pair.left.send(new Uint8Array(256 * KIB))
      }
      await expect(flood()).rejects.toMatchObject({ code: 'PEER_LOST' })
      await pair.right.closed
      await expect(readAll(pair.right)).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
    })

    it('sends what was given to it before it was open, in order', async () => {
      await using pair = create()
      const { signal } = new AbortController()
      const sending = Promise.all([
        pair.left.send('first', { signal }),
        pair.left.send('second'),
        pair.left.send('third', { signal }),
        pair.left.opened.then(() => pair.left.send('fourth of the calls')),
      ])
      await pair.connect()
      await sending
      expect(await read(pair.right, 4)).toEqual(['first', 'second', 'third', 'fourth of the calls'])
    })

    it('does not send what was called off while it waited for the channel to open', async () => {
      await using pair = create()
      const controller = new AbortController()
      const reason = new Error('changed my mind')
      const sending = pair.left.send('called off', { signal: controller.signal })
      controller.abort(reason)
      await expect(sending).rejects.toBe(reason)
      await pair.connect()
      await pair.left.send('meant')
      expect(await readOne(pair.right)).toBe('meant')
    })

    it('does not send what was called off while it waited for room, and keeps the order of the rest', async () => {
      await using pair = await open()
      const controller = new AbortController()
      const reason = new Error('changed my mind')
      const before = Array.from({ length: 64 }, (_, index) => pair.left.send(numbered(index, 256 * KIB)))
      const calledOff = pair.left.send('called off', { signal: controller.signal })
      const after = pair.left.send('after')
      controller.abort(reason)
      await expect(calledOff).rejects.toBe(reason)
      const latest = pair.left.send('latest')
      const received = await read(pair.right, 66)
      await Promise.all([...before, after, latest])
      expect(received.slice(0, 64).map(numberOf)).toEqual(Array.from({ length: 64 }, (_, index) => index))
      expect(received.slice(64)).toEqual(['after', 'latest'])
    })

    it('calls off one send without waiting for those before it', async () => {
      await using pair = create()
      const controller = new AbortController()
      const first = pair.left.send('first')
      const second = pair.left.send('second', { signal: controller.signal })
      const reason = new Error('changed my mind')
      controller.abort(reason)
      await expect(second).rejects.toBe(reason)
      await pair.connect()
      await first
      expect(await readOne(pair.right)).toBe('first')
    })

    it('sends nothing when the signal had aborted before', async () => {
      await using pair = await open()
      const reason = new Error('changed my mind')
      await expect(pair.left.send('no', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      await pair.left.send('yes')
      expect(await readOne(pair.right)).toBe('yes')
    })

    it('stops reading with the reason of the signal and loses nothing by it', async () => {
      await using pair = await open()
      const controller = new AbortController()
      const reason = new Error('changed my mind')
      const reading = readOne(pair.right, { signal: controller.signal })
      controller.abort(reason)
      await expect(reading).rejects.toBe(reason)
      await pair.left.send('later')
      expect(await readOne(pair.right)).toBe('later')
    })

    it('closes on both sides when one disposes it, and ends both readers', async () => {
      await using pair = await open()
      const reading = Promise.all([readAll(pair.left), readAll(pair.right)])
      await pair.left[Symbol.asyncDispose]()
      await pair.left.closed
      await pair.right.closed
      expect(await reading).toEqual([[], []])
    })

    it('closes on both sides when the connection below ends', async () => {
      await using pair = await open()
      const reading = Promise.all([readAll(pair.left), readAll(pair.right)])
      await pair.cut()
      await pair.left.closed
      await pair.right.closed
      expect(await reading).toEqual([[], []])
    })

    it('rejects sending on either side once it is closed', async () => {
      await using pair = await open()
      await pair.left[Symbol.asyncDispose]()
      await pair.right.closed
      await expect(pair.left.send('x')).rejects.toMatchObject({ code: 'PEER_LOST' })
      await expect(pair.right.send('x')).rejects.toMatchObject({ code: 'PEER_LOST' })
    })

    it('rejects what waits for room when the channel closes', async () => {
      await using pair = await open()
      const sending = Promise.allSettled(
        Array.from({ length: 64 }, () => pair.left.send(new Uint8Array(256 * KIB))),
      )
      await pair.left[Symbol.asyncDispose]()
      const outcomes = await sending
      const last = outcomes.at(-1)
      expect(last).toMatchObject({ status: 'rejected', reason: { code: 'PEER_LOST' } })
    })

    it('rejects opening, and what waits for it, when it is disposed before', async () => {
      await using pair = create()
      const sending = pair.left.send('x')
      sending.catch(() => undefined)
      await pair.left[Symbol.asyncDispose]()
      await expect(pair.left.opened).rejects.toMatchObject({ code: 'PEER_LOST' })
      await expect(sending).rejects.toMatchObject({ code: 'PEER_LOST' })
      await pair.left.closed
      expect(await readAll(pair.left)).toEqual([])
    })

    it('can be disposed on both sides, twice, and after its connection', async () => {
      await using pair = await open()
      await Promise.all([
        pair.left[Symbol.asyncDispose](),
        pair.left[Symbol.asyncDispose](),
        pair.right[Symbol.asyncDispose](),
      ])
      await pair.left[Symbol.asyncDispose]()
      await pair.cut()
      await pair.left[Symbol.asyncDispose]()
      await pair.right[Symbol.asyncDispose]()
      expect(await Promise.all([readAll(pair.left), readAll(pair.right)])).toEqual([[], []])
    })
  })
}

async function readOne(channel: DataChannel, options?: AbortOptions): Promise<Message | undefined> {
  for await (const message of channel.messages(options)) return message
  return undefined
}

async function read(channel: DataChannel, count: number): Promise<Message[]> {
  const messages: Message[] = []
  for await (const message of channel.messages()) if (messages.push(message) === count) break
  return messages
}

async function readAll(channel: DataChannel): Promise<Message[]> {
  return read(channel, Number.POSITIVE_INFINITY)
}

function numbered(number: number, bytes: number): Uint8Array {
  const message = new Uint8Array(bytes)
  new DataView(message.buffer).setUint32(0, number)
  return message
}

function numberOf(message: Message): number {
  if (typeof message === 'string') return Number.NaN
  return new DataView(message.buffer, message.byteOffset).getUint32(0)
}

/** Enough to tell two messages apart without printing 128 KiB. */
function shortForm(message: Message): string {
  return typeof message === 'string' ? message : `${message.byteLength} x ${message[0]}`
}

/** Lets everything else have its turn, as work on a message would. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

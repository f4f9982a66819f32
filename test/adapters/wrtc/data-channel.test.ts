import { describe, expect, it } from 'vitest'
import type { NativeDataChannel } from '../../../src/adapters/wrtc/binding.js'
import { WrtcDataChannel } from '../../../src/adapters/wrtc/data-channel.js'
import { describeDataChannel, type DataChannelTraits } from '../../contract/data-channel.js'
import { createConnectionPair } from './connection-pair.js'

describeDataChannel('a channel of the binding', (traits: DataChannelTraits = {}) => {
  const pair = createConnectionPair()
  const init = { negotiated: true, id: 0, ...traits }
  const left = pair.left.createDataChannel('contract', init)
  const right = pair.right.createDataChannel('contract', init)
  return {
    left,
    right,
    async connect() {
      await pair.connect()
      await Promise.all([left.opened, right.opened])
    },
    cut: async () => pair.left[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: async () => pair[Symbol.asyncDispose](),
  }
})

/** As the binding's, driven by the test: events in any order, a queue that drains when the test says so. */
class ScriptedChannel implements NativeDataChannel {
  label = 'scripted'
  protocol = ''
  ordered = true
  maxRetransmits = 65_535
  maxPacketLifeTime = 65_535
  negotiated = false
  id = 1
  readyState: RTCDataChannelState = 'connecting'
  bufferedAmount = 0
  binaryType = 'blob'
  onopen: NativeDataChannel['onopen'] = null
  onclose: NativeDataChannel['onclose'] = null
  onmessage: NativeDataChannel['onmessage'] = null
  readonly sent: (string | Uint8Array)[] = []

  send(data: string | Uint8Array): void {
    if (this.readyState !== 'open') throw new Error("RTCDataChannel.readyState is not 'open'")
    this.sent.push(data)
    this.bufferedAmount += data.length
  }

  close(): void {
    this.readyState = 'closed'
  }
}

function createScripted(readyState: RTCDataChannelState) {
  const native = new ScriptedChannel()
  native.readyState = readyState
  return { native, channel: new WrtcDataChannel(native, { maxMessageSize: () => 262_144 }) }
}

describe('a channel over a scripted native one', () => {
  it('has its handlers on as soon as it is created, and is open where the native one is', async () => {
    const { native, channel } = createScripted('open')
    native.onmessage?.({ data: 'at once' })
    await channel.opened
    expect(native.binaryType).toBe('arraybuffer')
    expect((await channel.messages()[Symbol.asyncIterator]().next()).value).toBe('at once')
  })

  it('is open with the first message when that overtakes the open event', async () => {
    const { native, channel } = createScripted('connecting')
    native.readyState = 'open'
    native.onmessage?.({ data: 'early' })
    await channel.opened
    await channel.send('answer')
    native.onopen?.({})
    expect(native.sent).toEqual(['answer'])
  })

  it('says null for the 65535 of a limit that is not set', () => {
    const { channel } = createScripted('open')
    expect(channel).toMatchObject({ maxRetransmits: null, maxPacketLifeTime: null })
  })

  it('never lets more than 1 MiB wait in the native queue, and goes on when it drains', async () => {
    const { native, channel } = createScripted('open')
    const block = new Uint8Array(256 * 1024)
    const sending = Promise.all(Array.from({ length: 10 }, () => channel.send(block)))
    while (native.sent.length < 10) {
      expect(native.bufferedAmount).toBeLessThanOrEqual(1024 * 1024)
      native.bufferedAmount = Math.max(0, native.bufferedAmount - block.length)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await sending
  })

  it('rejects with PEER_LOST when the native one is closed before its event fires', async () => {
    const { native, channel } = createScripted('open')
    native.readyState = 'closing'
    await expect(channel.send('x')).rejects.toMatchObject({ code: 'PEER_LOST', cause: expect.any(Error) })
  })

  it('gives what had arrived before it closed, and nothing that arrives after', async () => {
    const { native, channel } = createScripted('open')
    native.onmessage?.({ data: 'one' })
    native.onmessage?.({ data: new Uint8Array([2]).buffer })
    native.onclose?.({})
    native.onmessage?.({ data: 'after' })
    const received = []
    for await (const message of channel.messages()) received.push(message)
    expect(received).toEqual(['one', Uint8Array.of(2)])
  })

  it('cuts off a peer that sends more messages than can be queued unread, however small', async () => {
    const { native, channel } = createScripted('open')
    for (let index = 0; index <= 65_536; index += 1) native.onmessage?.({ data: '' })
    await channel.closed
    expect(native.readyState).toBe('closed')
    const readAll = async () => {
      for await (const message of channel.messages()) expect(message).toBe('')
    }
    await expect(readAll()).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })
})

import { describe, expect, it } from 'vitest'
import { runChat, type ChatOptions } from '../../src/chat/chat.js'
import { MAX_CHAT_TEXT_LENGTH } from '../../src/chat/chat-message.js'
import type { PeerEvent } from '../../src/events.js'
import type { DataChannel } from '../../src/session/ports.js'
import { createMemoryDataChannelPair } from '../support/memory-data-channel.js'

const never = new Promise<never>(() => undefined)

async function* lines(...texts: string[]): AsyncGenerator<string> {
  yield* texts
}

const silence = (): AsyncIterable<string> => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) })

function talk(channel: DataChannel, options: Partial<ChatOptions> = {}) {
  const events: PeerEvent[] = []
  const done = runChat(
    channel,
    { messages: [], lines: lines(), input: 'none', peerName: 'peer', leaving: never, ...options },
    { onEvent: (event) => events.push(event) },
  )
  const heard = () =>
    events.flatMap((event) => (event.event === 'chat' && event.direction === 'in' ? [event.text] : []))
  return { done, events, heard }
}

describe('a chat', () => {
  it('is over for a script once its messages are acknowledged', async () => {
    const { left: here, right: there } = createMemoryDataChannelPair()
    const one = talk(here, { messages: ['a', 'b'] })
    const other = talk(there)
    await one.done
    expect(other.heard()).toEqual(['a', 'b'])
  })

  it('waits for the end of a piped peer before a pipe leaves', async () => {
    const { left: here, right: there } = createMemoryDataChannelPair()
    const one = talk(here, { lines: lines('short'), input: 'piped' })
    const other = talk(there, { lines: lines('1', '2', '3'), input: 'piped' })
    await Promise.all([one.done, other.done])
    expect(one.heard()).toEqual(['1', '2', '3'])
    expect(other.heard()).toEqual(['short'])
  })

  it('does not wait for a person', async () => {
    const { left: here, right: there } = createMemoryDataChannelPair()
    const one = talk(here, { lines: lines('hi'), input: 'piped' })
    const other = talk(there, { lines: silence(), input: 'interactive' })
    await one.done
    expect(other.heard()).toEqual(['hi'])
  })

  it('has said everything before it acknowledges anything, so that nobody leaves too early', async () => {
    const { left: here, right: there } = createMemoryDataChannelPair()
    const one = talk(here, { messages: ['x'] })
    const other = talk(there, { messages: ['1', '2', '3'] })
    await one.done
    expect(one.heard()).toEqual(['1', '2', '3'])
    await other.done
  })

  it('stops when the peer says bye, once what was said is acknowledged', async () => {
    const { left: here, right: there } = createMemoryDataChannelPair()
    const one = talk(here, {
      messages: ['last words'],
      lines: silence(),
      input: 'interactive',
      leaving: Promise.resolve(),
    })
    const other = talk(there)
    await one.done
    expect(other.heard()).toEqual(['last words'])
  })

  it('fails when the channel closes before everything was acknowledged', async () => {
    const { left: here, right: there } = createMemoryDataChannelPair()
    const one = talk(here, { messages: ['lost'] })
    await there[Symbol.asyncDispose]()
    await expect(one.done).rejects.toMatchObject({ code: 'PEER_LOST' })
  })

  it('ignores what is not a chat message', async () => {
    const { left: here, right: there } = createMemoryDataChannelPair()
    const one = talk(here, { messages: ['hi'] })
    for (const junk of ['{', '{}', '{"type":"text"}', '{"type":"future"}', '[]', new Uint8Array([1, 2])])
      await there.send(junk)
    const other = talk(there)
    await one.done
    expect(one.heard()).toEqual([])
    expect(other.heard()).toEqual(['hi'])
  })

  it('refuses to send more than one message may have', async () => {
    const { left: here } = createMemoryDataChannelPair()
    const one = talk(here, { messages: ['x'.repeat(MAX_CHAT_TEXT_LENGTH + 1)] })
    await expect(one.done).rejects.toMatchObject({ code: 'USAGE' })
  })
})

import { describe, expect, it, onTestFinished, vi } from 'vitest'
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
})

describe('F18: a chat with a hostile peer', () => {
  it('ignores what is not a chat message, and says how much that was', async () => {
    const { left: here, right: there } = createMemoryDataChannelPair()
    const one = talk(here, { messages: ['hi'] })
    for (const junk of ['{', '{}', '{"type":"text"}', '{"type":"future"}', '[]', new Uint8Array([1, 2])])
      await there.send(junk)
    const other = talk(there)
    await one.done
    expect(one.heard()).toEqual([])
    expect(other.heard()).toEqual(['hi'])
    expect(one.events.find(({ event }) => event === 'warning')).toMatchObject({
      code: 'CHAT_IGNORED',
      message: expect.stringContaining('6 of'),
    })
  })

  it('ignores a text of more than 16 KiB', async () => {
    const { left: hostile, right: here } = createMemoryDataChannelPair()
    const other = talk(here)
    const text = (length: number) => JSON.stringify({ type: 'text', id: length, text: 'x'.repeat(length) })
    await hostile.send(text(16 * 1024 + 1))
    await hostile.send(text(16 * 1024))
    await vi.waitFor(() => expect(other.heard()).not.toEqual([]))
    expect(other.heard().map(({ length }) => length)).toEqual([16 * 1024])
  })

  it('shows and acknowledges a flood of texts no faster than a chat goes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { left: hostile, right: here } = createMemoryDataChannelPair()
    const other = talk(here)
    for (let id = 0; id < 3_000; id++) await hostile.send(JSON.stringify({ type: 'text', id, text: 'x' }))
    const counts: number[] = []
    for (let second = 0; second < 3; second++) {
      await vi.advanceTimersByTimeAsync(1_000)
      await new Promise(setImmediate)
      counts.push(other.heard().length)
    }
    expect(counts[0]).toBeGreaterThanOrEqual(1_000)
    expect(counts[2]).toBeLessThanOrEqual(1_000 + 3 * 200 + 1)
    expect(counts[2]).toBeGreaterThan(counts[0] ?? 0)
  })

  it('loses nothing of what an honest peer has to say faster than that', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { left: here, right: there } = createMemoryDataChannelPair()
    const many = Array.from({ length: 1_500 }, (_, index) => String(index))
    const one = talk(here, { lines: lines(...many), input: 'piped' })
    const other = talk(there)
    await Promise.all([one.done, vi.advanceTimersByTimeAsync(20_000)])
    expect(other.heard()).toEqual(many)
  })

  it('refuses to send more than one message may have', async () => {
    const { left: here } = createMemoryDataChannelPair()
    const one = talk(here, { messages: ['x'.repeat(MAX_CHAT_TEXT_LENGTH + 1)] })
    await expect(one.done).rejects.toMatchObject({ code: 'USAGE' })
  })
})

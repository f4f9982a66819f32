import { expect, it } from 'vitest'
import { describeDataChannel } from '../contract/data-channel.js'
import { createMemoryDataChannelPair } from '../support/memory-data-channel.js'

describeDataChannel('a channel in memory', (traits) => {
  const pair = createMemoryDataChannelPair({ ...traits, open: false })
  return {
    left: pair.left,
    right: pair.right,
    connect: async () => pair.open(),
    cut: async () => pair.cut(),
    [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
  }
})

it('lets a test lose, change and add messages', async () => {
  await using pair = createMemoryDataChannelPair({
    alter: (message, from) => {
      if (from === 'right') return [message]
      return message === 'lost' ? [] : [`${String(message)}!`, 'and more']
    },
  })
  await pair.left.send('lost')
  await pair.left.send('changed')
  await pair.right.send('untouched')
  const fromLeft = pair.right.messages()[Symbol.asyncIterator]()
  const fromRight = pair.left.messages()[Symbol.asyncIterator]()
  expect((await fromLeft.next()).value).toBe('changed!')
  expect((await fromLeft.next()).value).toBe('and more')
  expect((await fromRight.next()).value).toBe('untouched')
})

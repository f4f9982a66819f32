import { describe, expect, it, onTestFinished } from 'vitest'
import { delay } from '../../src/async/delay.js'
import type { DataChannel } from '../../src/session/ports.js'
import { PathModel } from '../../src/transfer/path-model.js'
import { answerProbes, probePath } from '../../src/transfer/path-probe.js'
import { blockFor } from '../support/load.js'
import { createMemoryDataChannelPair } from '../support/memory-data-channel.js'

const PROBE = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 7)

function openChannels() {
  const pair = createMemoryDataChannelPair()
  const ending = new AbortController()
  onTestFinished(async () => {
    ending.abort(new Error('over'))
    await pair[Symbol.asyncDispose]()
  })
  return { ...pair, signal: ending.signal }
}

/** Answers as a peer over a path of 40 ms does, and says how late its timers are; resolves after so many answers. */
async function answerLate(channel: DataChannel, lateMs: number, answers: number): Promise<void> {
  for await (const message of channel.messages()) {
    if (typeof message === 'string') continue
    const answer = message.slice()
    answer[0] = 2
    new DataView(answer.buffer).setUint16(2, lateMs)
    await delay(40)
    await channel.send(answer)
    if (--answers === 0) return
  }
}

function lateMsOf(answer: unknown): number {
  if (!(answer instanceof Uint8Array)) throw new TypeError('no answer')
  return new DataView(answer.buffer, answer.byteOffset).getUint16(2)
}

describe('the probes of a path', () => {
  it('are answered with how late timers are', async () => {
    const { left, right, signal } = openChannels()
    void answerProbes(right, { signal })
    const answers = left.messages({ signal })[Symbol.asyncIterator]()
    const ask = async () => {
      await left.send(PROBE)
      return (await answers.next()).value
    }
    expect(await ask()).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 7))
    blockFor(150)
    // The next answer may go out before the timer is looked at.
    await expect.poll(ask).not.toEqual(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 7))
    expect(lateMsOf(await ask())).toBeGreaterThan(20)
  })

  it.each([
    { lateMs: 0, is: 'long', isLong: true },
    { lateMs: 500, is: 'nothing that is known yet', isLong: false },
  ])(
    'take a path of 40 ms to a peer whose timers are $lateMs ms late for $is',
    async ({ lateMs, isLong }) => {
      const { left, right, signal } = openChannels()
      const path = new PathModel(() => true)
      void probePath(left, path, { signal })
      await answerLate(right, lateMs, 12)
      await expect.poll(() => path.isKnown).toBe(isLong)
      expect(path.isLong).toBe(isLong)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { delay } from '../../src/async/delay.js'
import { readFrame, writeFrame } from '../../src/bench/bench-frame.js'
import { PROBE_BYTES, probesUnderway, sendProbes } from '../../src/bench/probe-sender.js'
import { ANSWER_EVERY, ProbeTraffic } from '../../src/bench/probe-traffic.js'
import type { DataChannel } from '../../src/session/ports.js'
import { createMemoryDataChannelPair } from '../support/memory-data-channel.js'

const MESSAGES = 400
const ORDER = {
  type: 'probe',
  id: 1,
  messages: MESSAGES,
  messageBytes: PROBE_BYTES,
  intervalMs: 0.1,
} as const
const ANSWER_AFTER_MS = 20

/** Answers late, not every time, and resolves with how far the probes were ahead of the answers at most. */
async function answerLate(channel: DataChannel): Promise<number> {
  let answered = -1
  let most = 0
  for await (const message of channel.messages()) {
    const frame = readFrame(message)
    if (frame?.kind === 'end') return most
    if (frame === undefined) continue
    most = Math.max(most, frame.number - answered)
    if (frame.number % ANSWER_EVERY > 0 || frame.number % 5 === 4) continue
    void delay(ANSWER_AFTER_MS).then(() => {
      answered = frame.number
      return channel.send(writeFrame(new Uint8Array(PROBE_BYTES), { ...frame, kind: 'pong' }))
    })
  }
  return most
}

describe('probes', () => {
  it('are never more under way than a packet has room for, so that no two have to share one', async () => {
    const { left, right } = createMemoryDataChannelPair()
    const stop = new AbortController()
    const traffic = new ProbeTraffic(left)
    void traffic.run(stop).catch(() => undefined) // aborted at the end
    const ahead = answerLate(right)
    const sending = sendProbes(left, traffic, ORDER, { signal: undefined, heard: stop.signal })
    expect(await ahead).toBe(probesUnderway(PROBE_BYTES))
    stop.abort()
    await sending
  })

  it.each([
    ['of 8 bytes', 8, 37],
    ['of 16 bytes', 16, 28],
    ['that fill a packet: still as many as are answered together', 1_024, ANSWER_EVERY],
  ])('%s', (_what, messageBytes, most) => expect(probesUnderway(messageBytes)).toBe(most))
})

import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ControlChannel, type ControlEvent } from '../../src/session/control-channel.js'
import { createMemoryDataChannelPair, type MemoryDataChannelOptions } from '../support/memory-data-channel.js'

type Side = 'left' | 'right'

/** Two control channels that face each other, and what each told its session. */
function openControlPair({ alter }: Pick<MemoryDataChannelOptions, 'alter'> = {}) {
  const pair = createMemoryDataChannelPair({ alter })
  onTestFinished(() => pair[Symbol.asyncDispose]())
  const events: Record<Side, ControlEvent[]> = { left: [], right: [] }
  const open = (side: Side) => {
    const control = new ControlChannel(pair[side], (event) => events[side].push(event))
    onTestFinished(() => control.stop())
    void control.run({ verb: side, features: ['chat'] })
    return control
  }
  return { left: open('left'), right: open('right'), cut: () => pair.cut(), events }
}

describe('the control channel', () => {
  afterEach(() => vi.useRealTimers())

  it('says hello, measures the round trip and learns the clock of the peer', async () => {
    const { left, events } = openControlPair()
    await vi.waitFor(() => expect(left.roundTripTimeMs).not.toBeNull())
    expect(events.left).toEqual([
      { type: 'hello', hello: { type: 'hello', version: 1, verb: 'right', features: ['chat'] } },
    ])
    expect(Math.abs(left.peerClock?.offsetMs ?? Infinity)).toBeLessThan(100)
  })

  it('answers a bye at once, and only once', async () => {
    const byes: string[] = []
    const { left, right, events } = openControlPair({
      alter: (message, from) => {
        if (String(message).includes('"bye"')) byes.push(from)
        return [message]
      },
    })
    await vi.waitFor(() => expect(events.right).toHaveLength(1))
    const leaving = left.sayBye('enough')
    await vi.waitFor(() => expect(events.left).toHaveLength(2))
    left.stop() // as the session does that hears the answer
    await leaving
    right.stop()
    await left.sayBye('again')
    expect(byes).toEqual(['left', 'right'])
    expect(events.right.at(-1)).toEqual({ type: 'bye', reason: 'enough', answered: false })
    expect(events.left.at(-1)).toEqual({ type: 'bye', reason: 'enough', answered: true })
  })

  it('sends nothing after a bye', async () => {
    const sent: string[] = []
    const { left, events } = openControlPair({
      alter: (message, from) => {
        if (from === 'left') sent.push(String(message))
        return [message]
      },
    })
    await vi.waitFor(() => expect(events.right).toHaveLength(1))
    const leaving = left.sayBye('enough')
    left.announceMedia({ video: null, audio: null })
    await vi.waitFor(() => expect(events.left).toHaveLength(2))
    left.stop()
    await leaving
    expect(sent.at(-1)).toBe('{"type":"bye","reason":"enough"}')
  })

  it('tells once that the peer is silent, and once that it is back', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    let gap = false
    const { left, events } = openControlPair({ alter: (message) => (gap ? [] : [message]) })
    await settled()
    gap = true
    await seconds(7)
    expect(states(events.left)).toEqual(['silent'])
    expect(left.alive).toBe(false)
    gap = false
    await seconds(2)
    expect(states(events.left)).toEqual(['silent', 'alive'])
  })

  it('says that a peer that was seen leaving is gone', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    let gap = false
    const { left, events } = openControlPair({ alter: (message) => (gap ? [] : [message]) })
    await settled()
    gap = true
    left.seenLeaving()
    await seconds(6)
    expect(states(events.left)).toEqual(['gone'])
  })

  it('is lost when the channel closes without a bye', async () => {
    const { cut, events } = openControlPair()
    await vi.waitFor(() => expect(events.left).toHaveLength(1))
    cut()
    await vi.waitFor(() => expect(events.left.at(-1)).toMatchObject({ type: 'lost' }))
    expect(events.left.at(-1)).toMatchObject({ error: { code: 'PEER_LOST' } })
  })
})

function states(events: readonly ControlEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'liveness' ? [event.liveness.state] : []))
}

async function seconds(count: number): Promise<void> {
  for (let second = 0; second < count; second++) {
    vi.advanceTimersByTime(1_000)
    await settled()
  }
}

/** A few turns of the event loop: what was sent over memory has arrived and was answered. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

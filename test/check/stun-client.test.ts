import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NoAnswer } from '../../src/check/probe-failure.js'
import { StunClient } from '../../src/check/stun-client.js'
import { createTransactionId, encodeStunMessage, METHOD } from '../../src/stun/stun-message.js'
import { createMemoryLink } from './memory-link.js'

const BINDING = { method: METHOD.BINDING }

const success = (transactionId: Uint8Array) =>
  encodeStunMessage({ class: 'success', method: METHOD.BINDING, transactionId, attributes: [] })

describe('a STUN request', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('goes out seven times over UDP and is given up after 39.5 s (RFC 8489 §6.2.1)', async () => {
    const link = createMemoryLink()
    const client = await StunClient.open(link.open)
    const asking = client.request(BINDING, { signal: new AbortController().signal })
    const outcome = asking.catch((error: unknown) => error)
    const startMs = Date.now()
    const times: number[] = []
    for (let seen = 0; Date.now() - startMs < 39_400;) {
      if (link.sent.length > seen) times.push(Date.now() - startMs)
      seen = link.sent.length
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(times).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    expect(new Set(link.sent.map(({ transactionId }) => transactionId.join())).size).toBe(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(await outcome).toBeInstanceOf(NoAnswer)
  })

  it('goes out once over a stream', async () => {
    const link = createMemoryLink({ reliable: true })
    const client = await StunClient.open(link.open)
    const outcome = client
      .request(BINDING, { signal: new AbortController().signal })
      .catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(39_600)
    expect(link.sent).toHaveLength(1)
    expect(await outcome).toBeInstanceOf(NoAnswer)
  })

  it('that was lost is answered when it is sent again, and says so', async () => {
    let requests = 0
    const link = createMemoryLink({
      answer: ({ transactionId }) => (++requests === 1 ? undefined : success(transactionId)),
    })
    const client = await StunClient.open(link.open)
    const asking = client.request(BINDING, { signal: new AbortController().signal })
    await vi.advanceTimersByTimeAsync(600)
    expect(await asking).toMatchObject({ sendings: 2 })
    await vi.advanceTimersByTimeAsync(40_000)
    expect(requests).toBe(2)
  })
})

describe('a STUN client', () => {
  it('ends what it waits for with the reason of the signal', async () => {
    const client = await StunClient.open(createMemoryLink().open)
    const ending = new AbortController()
    const asking = client.request(BINDING, { signal: ending.signal })
    const reason = new Error('enough')
    ending.abort(reason)
    await expect(asking).rejects.toBe(reason)
    await expect(client.request(BINDING, { signal: ending.signal })).rejects.toBe(reason)
  })

  it('fails what it waits for when the link fails, and on a stream all that comes after', async () => {
    const { signal } = new AbortController()
    const link = createMemoryLink({ reliable: true })
    const client = await StunClient.open(link.open)
    const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
    const asking = client.request(BINDING, { signal })
    link.fail(refused)
    await expect(asking).rejects.toBe(refused)
    await expect(client.request(BINDING, { signal })).rejects.toBe(refused)
  })

  it('takes no answer to what it did not ask, no request for an answer, and no garbage', async () => {
    const others: Uint8Array[] = []
    const link = createMemoryLink()
    const client = await StunClient.open(link.open, (bytes) => others.push(bytes))
    const asking = client.request(BINDING, { signal: new AbortController().signal })
    const transactionId = link.sent[0]?.transactionId ?? createTransactionId()
    const strange = [
      success(createTransactionId()),
      encodeStunMessage({ class: 'request', method: METHOD.BINDING, transactionId, attributes: [] }),
      Uint8Array.of(1, 2, 3),
      new Uint8Array(),
    ]
    for (const bytes of strange) link.deliver(bytes)
    expect(others).toEqual(strange)
    link.deliver(success(transactionId))
    expect((await asking).message.class).toBe('success')
  })
})

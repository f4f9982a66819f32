import { describe, expect, it } from 'vitest'
import { createByteReader } from '../../src/media/byte-reader.js'
import { openReadAhead, type Timing } from '../../src/media/read-ahead.js'

interface Item {
  number: number
}

/** Items numbered from 0; as many as are released, then the end or an error. */
function stream(count: number, failure?: Error) {
  let next = 0
  let created = 0
  return {
    created: () => created,
    read: () => next,
    options: {
      create: (): Item => (created++, { number: -1 }),
      read: async (item: Item) => {
        if (next === count && failure) throw failure
        if (next === count) return false
        item.number = next++
        return true
      },
    },
  }
}

async function openStream(count: number, timing: Timing, items = 4, failure?: Error) {
  const source = stream(count, failure)
  return { source, ahead: await openReadAhead({ ...source.options, timing, items }) }
}

/** Lets the reading side do what it can. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

describe('reading ahead', () => {
  it('gives a recorded stream slot by slot and reads no further ahead than asked', async () => {
    const { source, ahead } = await openStream(100, 'recorded')
    await settle()
    expect(source.read()).toBe(4)
    const taken: (number | undefined)[] = []
    for (let slot = 0; slot < 100; slot++) {
      taken.push(ahead.take(slot)?.number)
      await settle()
    }
    expect(taken).toEqual(Array.from({ length: 100 }, (_, index) => index))
    expect(ahead.dropped).toBe(0)
    expect(source.created()).toBeLessThanOrEqual(6)
    await ahead.ended
  })

  it('passes over what is late and holds back what is early', async () => {
    const { ahead } = await openStream(100, 'recorded')
    await settle()
    expect(ahead.take(2)?.number).toBe(2)
    expect(ahead.dropped).toBe(2)
    expect(ahead.take(2)).toBeNull()
    await settle()
    expect(ahead.take(3)?.number).toBe(3)
  })

  it('takes the newest of live pictures, the stream never waits', async () => {
    const { ahead } = await openStream(10, 'newest', 2)
    await settle()
    expect(ahead.take(0)?.number).toBe(9)
    expect(ahead.dropped).toBe(9)
    await ahead.ended
  })

  it('keeps live sound in order and drops the oldest of too much', async () => {
    const { ahead } = await openStream(10, 'queue', 4)
    await settle()
    expect([0, 1, 2, 3, 4].map((slot) => ahead.take(slot)?.number)).toEqual([6, 7, 8, 9, undefined])
    expect(ahead.dropped).toBe(6)
  })

  it('reads further where another stream starves, within its limit', async () => {
    const source = stream(100)
    const ahead = await openReadAhead({ ...source.options, timing: 'recorded', items: 2, maxItems: 3 })
    await settle()
    for (let time = 0; time < 5; time++) {
      ahead.readFurther()
      await settle()
    }
    expect(source.read()).toBe(3)
  })

  it('rejects where the stream is empty or breaks before the first item', async () => {
    await expect(openStream(0, 'recorded')).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(openStream(0, 'recorded', 4, new Error('broken'))).rejects.toThrow('broken')
  })

  it('rejects its end where the stream breaks later', async () => {
    const { ahead } = await openStream(2, 'recorded', 4, new Error('broken'))
    await expect(ahead.ended).rejects.toThrow('broken')
  })

  it('stops reading when it is disposed', async () => {
    const { source, ahead } = await openStream(100, 'recorded')
    await settle()
    await ahead[Symbol.asyncDispose]()
    ahead.take(3)
    await settle()
    expect(source.read()).toBe(4)
  })
})

describe('createByteReader', () => {
  async function* chunks(...parts: string[]) {
    for (const part of parts) yield new TextEncoder().encode(part)
  }
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

  it('reads lines and pieces across chunks', async () => {
    const reader = createByteReader(chunks('he', 'llo\nwo', '', 'rld', '\nab'), 'x')
    expect(await reader.readLine(80)).toBe('hello')
    const piece = new Uint8Array(4)
    expect(await reader.readInto(piece)).toBe(true)
    expect(text(piece)).toBe('worl')
    expect(await reader.readLine(80)).toBe('d')
    const last = new Uint8Array(2)
    expect(await reader.readInto(last)).toBe(true)
    expect(text(last)).toBe('ab')
    expect(await reader.readInto(last)).toBe(false)
    expect(await reader.readLine(80)).toBeNull()
  })

  it('refuses an end within a piece or a line, and a line without an end', async () => {
    const piece = createByteReader(chunks('abc'), 'x.y4m')
    await expect(piece.readInto(new Uint8Array(4))).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: 'x.y4m ends after 3 of the 4 bytes of its last part.',
    })
    await expect(createByteReader(chunks('abc'), 'x').readLine(80)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    })
    await expect(createByteReader(chunks('a'.repeat(81)), 'x').readLine(80)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    })
  })
})

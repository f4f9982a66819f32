import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { CreditWindow } from '../../src/transfer/credit-window.js'

describe('a credit window', () => {
  it('only grows, whatever is granted in which order', () => {
    const grants = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: -10, max: 1000 })), { maxLength: 30 })
    fc.assert(
      fc.property(fc.nat(500), grants, (initial, granted) => {
        const window = new CreditWindow(initial)
        for (const [file, limit] of granted) window.grant(file, limit)
        for (let file = 0; file < 4; file++) {
          const limits = granted.filter(([of]) => of === file).map(([, limit]) => limit)
          expect(window.limitOf(file)).toBe(Math.max(initial, ...limits))
        }
      }),
      { numRuns: 10_000 },
    )
  })

  it('lets a wait go on when it reaches the offset, and not before', async () => {
    const window = new CreditWindow(10)
    const passed: string[] = []
    const waiting = window.reaches(0, 20, {}).then(() => passed.push('reached'))
    window.grant(1, 100)
    window.grant(0, 19)
    await Promise.resolve()
    passed.push('19 granted')
    window.grant(0, 20)
    await waiting
    expect(passed).toEqual(['19 granted', 'reached'])
  })

  it('ends a wait with the signal', async () => {
    const ended = new AbortController()
    const waiting = new CreditWindow(0).reaches(0, 1, { signal: ended.signal })
    ended.abort(new PeerError('INTERRUPTED', 'Ctrl-C'))
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })

  it('is no limit where the receiver named none', () => {
    expect(new CreditWindow().limitOf(0)).toBe(Infinity)
  })
})

import { expect, it } from 'vitest'
import { summariseCandidatePairs } from '../../src/stats/candidate-pairs.js'
import { ids, report, withFields, withoutType } from './later-report.js'

it('has every pair with its state, the selected one first and what succeeded before the rest', () => {
  const pairs = summariseCandidatePairs(report)
  expect(pairs).toHaveLength(8)
  expect(pairs.map(({ selected }) => selected).indexOf(true)).toBe(0)
  expect(pairs[0]).toMatchObject({
    nominated: true,
    state: 'succeeded',
    currentRoundTripTime: 0,
    bytesSent: 89_016,
  })
  expect(pairs.map(({ state }) => state)).toEqual([
    ...Array<string>(4).fill('succeeded'),
    ...Array<string>(4).fill('waiting'),
  ])
})

it('has null for what the stack does not say, and leaves out pairs of candidates that are not there', () => {
  const [pair] = summariseCandidatePairs(withFields({ [ids.pair]: { nominated: undefined, state: 'odd' } }))
  expect(pair).toMatchObject({ selected: true, nominated: null, state: 'odd' })
  expect(summariseCandidatePairs(withoutType('local-candidate'))).toEqual([])
  expect(summariseCandidatePairs([])).toEqual([])
})

import { describe, expect, it } from 'vitest'
import { TimerLateness } from '../../src/async/timer-lateness.js'
import { blockFor } from '../support/load.js'

describe('TimerLateness', () => {
  it('says by how much timers are late on average while the process is busy', async () => {
    const lateness = new TimerLateness()
    expect(lateness.meanMs).toBe(0)
    const sleep = lateness.sleep(5)
    blockFor(105)
    await sleep
    expect(lateness.meanMs).toBeGreaterThanOrEqual(99)
    const before = lateness.meanMs
    await lateness.sleep(1)
    expect(lateness.meanMs).toBeLessThan(before)
  })

  it('does not count what was aborted', async () => {
    const lateness = new TimerLateness()
    const controller = new AbortController()
    const sleep = lateness.sleep(5, controller)
    blockFor(50)
    controller.abort(new Error('over'))
    await expect(sleep).rejects.toThrow('over')
    expect(lateness.meanMs).toBe(0)
  })
})

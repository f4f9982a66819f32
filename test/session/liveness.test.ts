import { describe, expect, it } from 'vitest'
import {
  GONE_AFTER_MS,
  LivenessMonitor,
  PING_INTERVAL_MS,
  SILENT_AFTER_MS,
} from '../../src/session/liveness.js'

const START_MS = 1_000_000

/** Ticks as the session does and says the state at each change, with the silence in whole seconds. */
function watch(monitor: LivenessMonitor, fromMs: number, untilMs: number): string[] {
  const changes: string[] = []
  for (let nowMs = fromMs + PING_INTERVAL_MS; nowMs <= untilMs; nowMs += PING_INTERVAL_MS) {
    const { state } = monitor.tick(START_MS + nowMs)
    if (changes.at(-1)?.startsWith(state)) continue
    changes.push(`${state} at ${nowMs / 1000} s`)
  }
  return changes
}

describe('LivenessMonitor', () => {
  it('says alive as long as something is heard', () => {
    const monitor = new LivenessMonitor(START_MS)
    for (let nowMs = 0; nowMs < 100_000; nowMs += PING_INTERVAL_MS) {
      monitor.heard(START_MS + nowMs)
      expect(monitor.tick(START_MS + nowMs + PING_INTERVAL_MS)).toEqual({ state: 'alive' })
    }
  })

  it('says silent within 6 s of the last sign, and gone only much later', () => {
    const monitor = new LivenessMonitor(START_MS)
    expect(watch(monitor, 0, 80_000)).toEqual(['alive at 1 s', 'silent at 5 s', 'gone at 60 s'])
  })

  it('says how long the silence has lasted', () => {
    const monitor = new LivenessMonitor(START_MS)
    watch(monitor, 0, 5_000)
    expect(monitor.tick(START_MS + 6_000)).toEqual({ state: 'silent', silentMs: 6_000 })
  })

  it('says gone as soon as it is silent when there is evidence, and not before', () => {
    const monitor = new LivenessMonitor(START_MS)
    monitor.seenLeaving(START_MS)
    expect(watch(monitor, 0, 10_000)).toEqual(['alive at 1 s', 'gone at 5 s'])
  })

  it('lets evidence be withdrawn', () => {
    const monitor = new LivenessMonitor(START_MS)
    monitor.seenLeaving(START_MS)
    monitor.seenAgain()
    expect(watch(monitor, 0, 10_000)).toEqual(['alive at 1 s', 'silent at 5 s'])
  })

  it('makes silence final when the evidence comes during it', () => {
    const monitor = new LivenessMonitor(START_MS)
    watch(monitor, 0, 10_000)
    monitor.seenLeaving(START_MS + 10_000)
    // After a partition the peer may come back just then.
    expect(monitor.tick(START_MS + 11_000)).toMatchObject({ state: 'silent' })
    expect(monitor.tick(START_MS + 15_000)).toMatchObject({ state: 'gone' })
  })

  it('says alive again when a silent peer returns, with evidence or without', () => {
    const monitor = new LivenessMonitor(START_MS)
    expect(watch(monitor, 0, 20_000).at(-1)).toBe('silent at 5 s')
    monitor.heard(START_MS + 20_500)
    expect(watch(monitor, 20_000, 60_000)).toEqual(['alive at 21 s', 'silent at 25 s'])
  })

  it('holds a time in which this process stood still against nobody', () => {
    const monitor = new LivenessMonitor(START_MS)
    monitor.tick(START_MS + PING_INTERVAL_MS)
    const afterStallMs = PING_INTERVAL_MS + 10 * GONE_AFTER_MS
    expect(monitor.tick(START_MS + afterStallMs)).toEqual({ state: 'alive' })
    expect(watch(monitor, afterStallMs, afterStallMs + 5_000)[0]).toContain('alive')
    expect(watch(monitor, afterStallMs + 5_000, afterStallMs + 60_000)[0]).toContain('silent')
  })

  it('still counts what a slightly late timer adds', () => {
    const monitor = new LivenessMonitor(START_MS)
    let nowMs = START_MS
    const late = PING_INTERVAL_MS + 500
    for (let ticks = 0; ticks < 3; ticks += 1) monitor.tick((nowMs += late))
    expect(nowMs - START_MS).toBe(SILENT_AFTER_MS)
    expect(monitor.tick((nowMs += late))).toMatchObject({ state: 'silent' })
  })
})

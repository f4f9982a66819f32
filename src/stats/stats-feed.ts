import { Subscribers } from '../async/subscribers.js'
import type { StatsSummary } from '../events.js'
import type { RawStats } from '../session/ports.js'

/**
 * When a sample was taken: the `baseline` when the connection is made (its rates are null), then one at each
 * `interval`, and the `last` when the session has ended.
 */
export type SampleMoment = 'baseline' | 'interval' | 'last'

/** One getStats() of a connection: the figures derived from it, and the dictionaries they come from. */
export interface StatsSample {
  summary: StatsSummary
  report: readonly RawStats[]
  taken: SampleMoment
}

/** The samples of a run: taken once, given to everybody who wants them. */
export interface StatsFeed {
  /** Whether anybody wants samples; where nobody does, few are taken. */
  readonly isWanted: boolean
  /**
   * Gives every sample to `onSample`, in the order they are taken, until disposed; subscribe before the connection is
   * made to get the baseline. What `onSample` throws ends the session.
   */
  subscribe(onSample: (sample: StatsSample) => void): Disposable
  publish(sample: StatsSample): void
}

/** A feed without subscribers. */
export function createStatsFeed(): StatsFeed {
  const subscribers = new Subscribers<StatsSample>()
  return {
    get isWanted() {
      return subscribers.size > 0
    },
    subscribe: (onSample) => subscribers.subscribe(onSample),
    publish: (sample) => subscribers.publish(sample),
  }
}

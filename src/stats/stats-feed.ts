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
  const subscribers = new Set<(sample: StatsSample) => void>()
  return {
    get isWanted() {
      return subscribers.size > 0
    },
    subscribe(onSample) {
      // The same function may subscribe twice, and each subscription ends by itself.
      const subscriber = (sample: StatsSample) => onSample(sample)
      subscribers.add(subscriber)
      return {
        [Symbol.dispose]() {
          subscribers.delete(subscriber)
        },
      }
    },
    publish(sample) {
      for (const subscriber of subscribers) subscriber(sample)
    },
  }
}

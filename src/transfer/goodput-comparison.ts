import { CarriedSince } from './carried-since.js'

/** So many intervals in a row: one may fall between two acknowledgements. */
const STARVED_INTERVALS = 4

/** A starved one is useless where another one carries this many times as much. */
const USELESS_FACTOR = 4

interface Carrier {
  readonly deliveredBytes: number
  readonly isBusy: boolean
}

/** Compares what associations of one transfer carry in the same time, interval by interval. */
export class GoodputComparison<T extends Carrier> {
  readonly #carried = new CarriedSince<T>()
  readonly #poorIntervals = new WeakMap<T, number>()
  #useless: readonly T[] = []
  #bestBytes = 0

  /**
   * Looks at the interval that ends now: who carried less than `starvedRatio` of the best ever seen had a poor one. Who
   * had nothing to carry is not judged.
   */
  compare(all: readonly T[], starvedRatio: number): void {
    const carried = all.map((one) => ({ one, bytes: this.#carried.take(one) }))
    const best = Math.max(0, ...carried.map(({ bytes }) => bytes))
    this.#bestBytes = Math.max(this.#bestBytes, best)
    for (const { one, bytes } of carried) {
      const isPoor = one.isBusy && bytes < starvedRatio * this.#bestBytes
      this.#poorIntervals.set(one, isPoor ? (this.#poorIntervals.get(one) ?? 0) + 1 : 0)
    }
    this.#useless = carried
      .filter(({ one, bytes }) => this.isStarved(one) && best > USELESS_FACTOR * bytes)
      .map(({ one }) => one)
  }

  /** Whether it carried next to nothing of what there has been, of late. */
  isStarved(one: T): boolean {
    return (this.#poorIntervals.get(one) ?? 0) >= STARVED_INTERVALS
  }

  /** Those that are starved while another is not. */
  get useless(): readonly T[] {
    return this.#useless
  }
}

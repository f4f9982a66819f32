interface Carrier {
  readonly deliveredBytes: number
}

/** What each association has carried since it was last asked, the first time since it began. */
export class CarriedSince<T extends Carrier> {
  readonly #before = new WeakMap<T, number>()

  /** Bytes; the next time counts from here. */
  take(one: T): number {
    const bytes = one.deliveredBytes - (this.#before.get(one) ?? 0)
    this.#before.set(one, one.deliveredBytes)
    return bytes
  }
}

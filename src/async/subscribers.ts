/** Those who hear of something, each until it disposes its subscription. */
export class Subscribers<Item> {
  readonly #subscribers = new Set<(item: Item) => void>()

  get size(): number {
    return this.#subscribers.size
  }

  /** The same function may subscribe twice, and each subscription ends by itself. */
  subscribe(onItem: (item: Item) => void): Disposable {
    const subscriber = (item: Item) => onItem(item)
    this.#subscribers.add(subscriber)
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) }
  }

  /** To all, in the order in which they subscribed; what one throws is thrown here. */
  publish(item: Item): void {
    for (const subscriber of this.#subscribers) subscriber(item)
  }
}

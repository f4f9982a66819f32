import { abortable, type AbortOptions } from './abortable.js'
import { deferred, type Deferred } from './deferred.js'

/**
 * Joins a callback that cannot wait to a consumer that awaits: `push` never blocks, iteration ends after `end`
 * and throws after `fail`, in both cases once everything pushed before has been read. One consumer at a time.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
  #items: (T | undefined)[] = []
  #head = 0
  #outcome: { state: 'open' } | { state: 'ended' } | { state: 'failed'; error: unknown } = { state: 'open' }
  #waiting: Deferred<void> | undefined

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    if (this.#outcome.state !== 'open') return
    this.#items.push(item)
    this.#wake()
  }

  end(): void {
    if (this.#outcome.state === 'open') this.#outcome = { state: 'ended' }
    this.#wake()
  }

  fail(error: unknown): void {
    if (this.#outcome.state === 'open') this.#outcome = { state: 'failed', error }
    this.#wake()
  }

  /** The next item, or undefined after the end; rejects after `fail` and when `signal` aborts. */
  async next({ signal }: AbortOptions = {}): Promise<T | undefined> {
    for (;;) {
      if (this.#head < this.#items.length) return this.#shift()
      if (this.#outcome.state === 'failed') throw this.#outcome.error
      if (this.#outcome.state === 'ended') return undefined
      this.#waiting ??= deferred()
      await abortable(this.#waiting.promise, signal)
    }
  }

  async *read({ signal }: AbortOptions = {}): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = await this.next({ signal })
      if (item === undefined) return
      yield item
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.read()
  }

  #shift(): T | undefined {
    const item = this.#items[this.#head]
    // What was read is let go at once: an item can be a message of a quarter of a megabyte.
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      // Array.shift() is O(n), and a slow reader can be thousands of messages behind.
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  #wake(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }
}

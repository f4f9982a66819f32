import { abortable, type AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import { deferred, type Deferred } from '../async/deferred.js'

/** Joins those who say something to the chat that sends it, which asks for a text when the one before was sent. */
export class SpokenTexts implements AsyncIterable<string> {
  readonly #queue = new AsyncQueue<{ text: string; said: Deferred<void> }>()

  /** Resolves when the chat has sent the text. */
  say(text: string, { signal }: AbortOptions = {}): Promise<void> {
    const said = deferred()
    this.#queue.push({ text, said })
    return abortable(said.promise, signal)
  }

  /** No more texts come. */
  end(): void {
    this.#queue.end()
  }

  fail(error: unknown): void {
    this.#queue.fail(error)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for await (const { text, said } of this.#queue) {
      yield text
      said.resolve()
    }
  }
}

/**
 * Owns what is opened on the way to something larger and closes it in reverse order (AsyncDisposableStack is not in
 * Node 20). Disposal goes on after a failure, never throws and is idempotent.
 */
export class Disposables implements AsyncDisposable {
  #owned: AsyncDisposable[] = []

  use<T extends AsyncDisposable>(disposable: T): T {
    this.#owned.push(disposable)
    return disposable
  }

  /** Hands everything over to the caller; this one owns nothing any more. */
  move(): Disposables {
    const moved = new Disposables()
    moved.#owned = this.#owned
    this.#owned = []
    return moved
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let owned = this.#owned.pop(); owned; owned = this.#owned.pop()) {
      try {
        await owned[Symbol.asyncDispose]()
      } catch {
        // What cannot be closed must not keep the rest open.
      }
    }
  }
}

import { abortable, type AbortOptions } from '../async/abortable.js'
import { deferred, type Deferred } from '../async/deferred.js'
import { PeerError } from '../errors.js'

/** Whether something is wanted, asked of whoever controls the session; one question at a time. */
export class Question {
  #asked: Deferred<boolean> | undefined
  #isReplaced = false

  /** Resolves with the answer; rejects with the signal's reason, and then there is nothing to answer any more. */
  async ask({ signal }: AbortOptions): Promise<boolean> {
    this.#asked = deferred<boolean>()
    try {
      return await abortable(this.#asked.promise, signal)
    } catch (error) {
      this.#isReplaced = true
      throw error
    } finally {
      this.#asked = undefined
    }
  }

  /**
   * USAGE where nothing is asked, and once where the question before was taken back: the answer may have been meant
   * for that one, and a peer could change what it offers under the fingers of who answers.
   */
  answer(isWanted: boolean): void {
    const wasReplaced = this.#isReplaced
    this.#isReplaced = false
    if (!this.#asked) throw new PeerError('USAGE', 'The peer offers nothing that waits for an answer.')
    if (wasReplaced) {
      throw new PeerError('USAGE', 'What the peer offered before was withdrawn, and this is another offer.', {
        hint: 'Look at it and answer again.',
      })
    }
    this.#asked.resolve(isWanted)
  }
}

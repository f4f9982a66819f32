/** Which messages of a numbered series came, so that it is known which of the others were lost together. */
export class ReceivedNumbers {
  readonly #most: number
  readonly #numbers = new Set<number>()

  /** A peer can number its messages as it likes: none from `most` on is remembered. */
  constructor(most: number) {
    this.#most = most
  }

  add(number: number): void {
    if (number < this.#most) this.#numbers.add(number)
  }

  /** The sum of the squared lengths of the runs of messages that did not come, of the first `sent`. */
  lostRunSquares(sent: number): number {
    let squares = 0
    let run = 0
    for (let number = 0; number < Math.min(sent, this.#most); number += 1) {
      run = this.#numbers.has(number) ? 0 : run + 1
      // (n + 1) squared is n squared and 2n + 1 more.
      if (run > 0) squares += 2 * run - 1
    }
    return squares
  }
}

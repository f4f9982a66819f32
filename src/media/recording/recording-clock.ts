import type { PaceClock } from '../../async/pace.js'

/** The time of a recording, which begins now and stands still while it is paused; all in milliseconds. */
export class RecordingClock {
  readonly #clock: Pick<PaceClock, 'now'>
  readonly #startedMs: number
  #pausedAtMs: number | undefined
  #pausedMs = 0

  constructor(clock: Pick<PaceClock, 'now'>) {
    this.#clock = clock
    this.#startedMs = clock.now()
  }

  get isPaused(): boolean {
    return this.#pausedAtMs !== undefined
  }

  pause(): void {
    this.#pausedAtMs ??= this.#clock.now()
  }

  resume(): void {
    if (this.#pausedAtMs === undefined) return
    this.#pausedMs += this.#clock.now() - this.#pausedAtMs
    this.#pausedAtMs = undefined
  }

  /** How much was recorded until a moment of the clock; until the pause where there is one. */
  timeOf(atMs = this.#clock.now()): number {
    return (this.#pausedAtMs ?? atMs) - this.#startedMs - this.#pausedMs
  }
}

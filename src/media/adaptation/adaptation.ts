import type { DegradationStep } from './degradation-steps.js'
import { loadOf, type SendingSample } from './sending-load.js'

/** Chooses the step at which pictures are sent, from how the last ones went. */
export interface Adaptation {
  /** Index of the step to send at; 0 lowers nothing. */
  readonly index: number
  /** Takes what was sent since the sample before; true where the step is another one now. */
  add(sample: SendingSample): boolean
}

/** While a connection begins, its estimate of the path is a guess, and an encoder leaves frames out. */
const START_MS = 2_000

/** After a change: its key frame is large, and the encoder's rate control finds its way. */
const SETTLE_MS = 1_000

/** What is judged at once: long enough for a ratio of frames, short enough to be of use. */
const WINDOW_MS = 900
const MIN_FRAMES = 10

/** What is still on its way through a path that has become narrow keeps an encoder from anything for a moment. */
const MOST_LOWERED = 1 / 8

/** From a step down to the next one up, at the least. */
export const REVERSAL_MS = 4_000

/** A step up that is taken back within this time was one too many. */
const TRIAL_MS = 8_000

/** How long a step that was too much is left alone, doubled each time that it was again. */
const RETRY_MS = 8_000
const MAX_RETRY_MS = 64_000

/** So much more that may be sent makes what was too much worth another try. */
const MORE_BITRATE = 1.25

/** A step that failed, and from when on it is tried again, or from how many bits per second on. */
interface Failure {
  index: number
  waitMs: number
  retryMs: number
  availableBitrate: number | null
}

/** `steps` lead from nothing lowered down to the least. */
export function createAdaptation(steps: readonly DegradationStep[]): Adaptation {
  return new StepSearch(steps)
}

class StepSearch implements Adaptation {
  readonly #steps: readonly DegradationStep[]
  #index = 0
  #window: SendingSample[] = []
  #settledMs: number | undefined
  #raised: { atMs: number } | undefined
  #loweredMs = -Infinity
  #failure: Failure | undefined
  /** What could be sent when the step was taken. */
  #availableBefore: number | null = null

  constructor(steps: readonly DegradationStep[]) {
    this.#steps = steps
  }

  get index(): number {
    return this.#index
  }

  add(sample: SendingSample): boolean {
    // Nothing is fed while it is paused: that says nothing.
    if (sample.framesFed === 0) return this.#forget()
    this.#settledMs ??= sample.atMs + START_MS
    if (sample.atMs < this.#settledMs) return false
    this.#window.push(sample)
    if (!isWhole(this.#window)) return false
    const { load } = loadOf(this.#window)
    while (isWhole(this.#window.slice(1))) this.#window.shift()
    const next = load === 'over' ? this.#lower(sample) : load === 'under' ? this.#higher(sample) : this.#index
    return this.#moveTo(next, sample)
  }

  #forget(): false {
    this.#window = []
    return false
  }

  /** As much lower as frames were left out of late, within reason; at least one step. */
  #lower(sample: SendingSample): number {
    const { encodedRatio } = loadOf([sample])
    const wanted = this.#costOf(this.#index) * Math.max(encodedRatio, MOST_LOWERED)
    const found = this.#steps.findIndex(({ cost }, at) => at > this.#index && cost <= wanted)
    return found === -1 ? this.#steps.length - 1 : found
  }

  /** One step higher, or as many as there is more to send with; never to one that failed a short while ago. */
  #higher({ atMs, availableBitrate }: SendingSample): number {
    if (atMs < this.#loweredMs + REVERSAL_MS) return this.#index
    const affordable = this.#costOf(this.#index) * growth(this.#availableBefore, availableBitrate)
    const jump = this.#steps.findIndex(({ cost }) => cost <= affordable)
    const next = Math.max(0, Math.min(this.#index - 1, jump === -1 ? this.#index : jump))
    return this.#mayTry(next, atMs, availableBitrate)
      ? next
      : Math.min(this.#index, (this.#failure?.index ?? 0) + 1)
  }

  #mayTry(index: number, atMs: number, availableBitrate: number | null): boolean {
    const failure = this.#failure
    if (failure === undefined || index > failure.index || atMs >= failure.retryMs) return true
    return growth(failure.availableBitrate, availableBitrate) >= MORE_BITRATE
  }

  #moveTo(next: number, sample: SendingSample): boolean {
    if (next === this.#index) return false
    const { atMs, availableBitrate } = sample
    if (next > this.#index) {
      this.#noteFailure(sample)
      this.#loweredMs = atMs
      this.#raised = undefined
    } else {
      this.#raised = { atMs }
    }
    this.#index = next
    this.#availableBefore = availableBitrate
    this.#settledMs = atMs + SETTLE_MS
    this.#window = []
    return true
  }

  /** Where it was raised to the step shortly before, that was too much; otherwise times have changed. */
  #noteFailure({ atMs, availableBitrate }: SendingSample): void {
    if (this.#raised === undefined || atMs > this.#raised.atMs + TRIAL_MS) {
      this.#failure = undefined
      return
    }
    const isAgain = this.#failure !== undefined && this.#failure.index >= this.#index
    const waitMs = isAgain ? Math.min(MAX_RETRY_MS, (this.#failure?.waitMs ?? 0) * 2) : RETRY_MS
    this.#failure = { index: this.#index, waitMs, retryMs: atMs + waitMs, availableBitrate }
  }

  #costOf(index: number): number {
    return this.#steps[index]?.cost ?? 1
  }
}

function isWhole(samples: readonly SendingSample[]): boolean {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined) return false
  const frames = samples.reduce((sum, { framesFed }) => sum + framesFed, 0)
  // Each sample speaks of the time before it: two in half a second's distance are a second.
  return samples.length > 1 && frames >= MIN_FRAMES && last.atMs - first.atMs >= WINDOW_MS / 2
}

function growth(before: number | null, now: number | null): number {
  return before === null || now === null || before <= 0 ? 1 : now / before
}

import type { JournalEntry } from '../session/journal.js'

/** One thing that had to be done before the connection carried anything. */
export interface SetUpStep {
  label: string
  startMs: number
  /** null where it has not ended. */
  endMs: number | null
}

/** A moment of the set-up. */
export interface SetUpMoment {
  label: 'local candidate' | 'remote candidate' | 'candidate error' | 'first message' | 'first frame'
  timeMs: number
}

/** A host with many interfaces has many candidates; dots on top of each other say nothing more. */
const MAX_MOMENTS = 200

const CALLS_OF_EXCHANGE = ['createOffer', 'createAnswer', 'setLocalDescription', 'setRemoteDescription']

/** Follows the first connection of a run until it carries data. */
export class SetUpSteps {
  readonly moments: SetUpMoment[] = []
  readonly #steps = new Map<string, SetUpStep>()
  #startMs: number | null = null

  /** The peer is there: everything before was waiting for it. */
  start(timeMs: number): void {
    this.#startMs ??= timeMs
  }

  /** When the first step began. */
  get startMs(): number | null {
    const [first] = this.steps()
    return this.#startMs ?? first?.startMs ?? null
  }

  steps(): SetUpStep[] {
    return [...this.#steps.values()].toSorted((a, b) => a.startMs - b.startMs)
  }

  add(entry: JournalEntry): void {
    const { timeMs } = entry
    switch (entry.what) {
      case 'called':
        if (CALLS_OF_EXCHANGE.includes(entry.method)) this.#begin('Offer and answer', timeMs)
        if (entry.method === 'addIceCandidate') this.#moment('remote candidate', timeMs)
        return
      case 'candidate':
        if (entry.candidate !== null) this.#moment('local candidate', timeMs)
        return
      case 'candidate-error':
        return this.#moment('candidate error', timeMs)
      case 'state':
        return this.#state(entry)
      case 'data-channel':
        if (entry.state === 'open') this.#end('DTLS and SCTP', timeMs)
        return
      case 'first-message':
        return this.#moment('first message', timeMs)
      case 'first-frame':
        return this.#moment('first frame', timeMs)
      case 'created':
      case 'succeeded':
      case 'failed':
      case 'negotiation-needed':
      case 'track':
      case 'stats':
      case 'closed':
        return
      default:
        entry satisfies never
    }
  }

  #state({ state, value, timeMs }: Extract<JournalEntry, { what: 'state' }>): void {
    if (state === 'signalingState' && value === 'stable') this.#end('Offer and answer', timeMs)
    if (state === 'iceGatheringState') {
      if (value === 'gathering') this.#begin('Gathering', timeMs)
      else if (value === 'complete') this.#end('Gathering', timeMs)
    }
    if (state !== 'iceConnectionState') return
    if (value === 'checking') this.#begin('ICE checks', timeMs)
    if (value === 'connected') {
      // On a short path the stack is done before it has said that it checks.
      this.#begin('ICE checks', this.#steps.get('Offer and answer')?.endMs ?? timeMs)
      this.#begin('DTLS and SCTP', timeMs)
    }
    if (value !== 'checking' && value !== 'new') this.#end('ICE checks', timeMs)
  }

  /** What comes again after a restart is no part of the set-up. */
  #begin(label: string, startMs: number): void {
    if (!this.#steps.has(label)) this.#steps.set(label, { label, startMs, endMs: null })
  }

  #end(label: string, endMs: number): void {
    const step = this.#steps.get(label)
    if (step !== undefined) step.endMs ??= endMs
  }

  #moment(label: SetUpMoment['label'], timeMs: number): void {
    if (this.moments.length < MAX_MOMENTS) this.moments.push({ label, timeMs })
  }
}

import { Disposables } from '../async/disposables.js'
import type { PeerEvent } from '../events.js'
import type { Journal } from '../session/journal.js'
import type { StatsFeed } from '../stats/stats-feed.js'
import type { RunArgs, RunContext } from './run.js'

/** What a run is written to beside its events on the terminal: a file, a port. */
export interface RunOutput extends AsyncDisposable {
  /** Gets every event of the run, `exit` excepted. */
  onEvent?: (event: PeerEvent) => void
  /** Resolves when everything is written; rejects where it cannot be. Disposal gives up what is not. */
  finish?: () => Promise<void>
}

export interface RunOutputPlace {
  /** Subscribe to it before the connection is made. */
  feed: StatsFeed
  /** As the feed: what is subscribed before the connection is made gets all of it. */
  journal: Journal
  context: RunContext
}

/** Undefined where the options do not ask for it; rejects before anything is contacted where it cannot be opened. */
export type OpenRunOutput = (args: RunArgs, place: RunOutputPlace) => Promise<RunOutput | undefined>

/** Each kind of output is one file of its own and one line here; what it needs is loaded when it is asked for. */
const OPENERS: readonly OpenRunOutput[] = []

/** All outputs that the options ask for, as one. */
export async function openRunOutputs(args: RunArgs, place: RunOutputPlace): Promise<Required<RunOutput>> {
  await using opened = new Disposables()
  const outputs: RunOutput[] = []
  for (const open of OPENERS) {
    const output = await open(args, place)
    if (output) outputs.push(opened.use(output))
  }
  const owned = opened.move()
  return {
    onEvent: (event) => outputs.forEach((output) => output.onEvent?.(event)),
    async finish() {
      for (const output of outputs) await output.finish?.()
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

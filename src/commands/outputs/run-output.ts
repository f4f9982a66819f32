import type { PeerEvent } from '../../events.js'
import type { Journal } from '../../session/journal.js'
import type { StatsFeed } from '../../stats/stats-feed.js'
import type { RunContext } from '../run.js'

/** What a run is written to beside its events on the terminal: a file, a port. */
export interface RunOutput extends AsyncDisposable {
  /** Gets every event of the run, `exit` excepted. */
  onEvent?: (event: PeerEvent) => void
  /** Resolves when everything is written; rejects where it cannot be. Disposal gives up what is not. */
  finish?: (outcome: RunOutcome) => Promise<void>
}

/** What became of the run, as far as its verb is concerned. */
export interface RunOutcome {
  exitCode: number
  /** Why it failed, in a sentence; null where it did not. */
  failure: string | null
}

/** Where an output stands: what it hears from, and whom it tells. */
export interface RunOutputPlace {
  /** Subscribe to it before the connection is made. */
  feed: StatsFeed
  /** As the feed: what is subscribed before the connection is made gets all of it. */
  journal: Journal
  context: RunContext
  /** Masks addresses in what is written, where that was asked for. */
  redact: (text: string) => string
  /** Says at once that something cannot be written; the run goes on, and `finish` rejects. */
  onWriteFailure: (error: unknown) => void
}

import type { AbortOptions } from '../async/abortable.js'
import type { PeerEvent } from '../events.js'

/** Where events become output. Reporting never throws and never waits; disposal ends what moves on the screen. */
export interface Reporter extends Disposable {
  /** `cause` is what an error event was made of; people see it with `--verbose`. */
  report(event: PeerEvent, details?: { cause?: unknown }): void
  /** Resolves when everything reported so far was handed to the operating system. */
  flush(options?: AbortOptions): Promise<void>
}

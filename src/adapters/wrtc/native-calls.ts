import { abortable } from '../../async/abortable.js'
import { withTimeout } from '../../async/delay.js'
import { PeerError, toError } from '../../errors.js'

/** addIceCandidate and getStats stay pending for ever when the connection closes under them; everything else takes milliseconds. */
const TIMEOUT_MS = 10_000

/** The promises of one native connection, each bounded by the life of the connection and by time. */
export class NativeCalls {
  readonly #closing = new AbortController()

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** What is pending rejects with PEER_LOST. */
  close(): void {
    this.#closing.abort(connectionClosed())
  }

  throwIfClosed(): void {
    if (this.isClosed) throw connectionClosed()
  }

  /** Starts a call and makes its rejection a PeerError: PEER_LOST once closed, PROTOCOL_VIOLATION where it was refused. */
  async run<T>(name: string, start: () => Promise<T>): Promise<T> {
    this.throwIfClosed()
    try {
      return await withTimeout(
        abortable(start(), this.#closing.signal),
        TIMEOUT_MS,
        () => new PeerError('INTERNAL', `${name}() did not settle within ${TIMEOUT_MS / 1000} s.`),
      )
    } catch (thrown) {
      if (thrown instanceof PeerError) throw thrown
      const error = toError(thrown)
      throw new PeerError('PROTOCOL_VIOLATION', `${name}() failed: ${error.message || error.name}`, {
        cause: error,
      })
    }
  }
}

function connectionClosed(): PeerError {
  return new PeerError('PEER_LOST', 'The connection is closed.')
}

import { abortable } from '../async/abortable.js'
import { delay, withTimeout } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import type { AssociationPool } from './association-pool.js'
import type { AssociationTransport } from './association.js'
import { beginAssociation, type AssociationConnection, type OpenedAssociation } from './open-association.js'
import type { TransferControl } from './transfer-control.js'
import type { TransferProgress } from './transfer-progress.js'

/** Time for one over a long and lossy path. */
const TCP_TIMEOUT_MS = 5_000

/** An association whose packets do not get through is given up, and another one tried. */
const OPEN_TIMEOUT_MS = 30_000

/** What cannot be opened is tried again less and less often. */
const RETRY_MS = 500
const MAX_RETRY_MS = 5_000

/** How often it is looked whether there should be more. */
const POLL_MS = 20

export interface AssociationOpenerOptions {
  pool: AssociationPool
  control: TransferControl
  connection: AssociationConnection
  progress: TransferProgress
  /** Ends the opening. */
  signal: AbortSignal
  /** Closes what was opened: only when neither side sends any more. */
  closing: AbortSignal
}

interface Opened {
  transport: AssociationTransport
  association: OpenedAssociation
}

/** One that is being opened; neither promise rejects. */
export interface Opening {
  /** Resolves when it has gathered its candidates, or has had the time for it. */
  gathered: Promise<void>
  /** Resolves with whether it opened; it is in the pool then. */
  opened: Promise<boolean>
}

/** Opens further associations of a transfer, its offerer, and closes those the pool takes out. */
export class AssociationOpener implements AsyncDisposable {
  readonly #options: AssociationOpenerOptions
  readonly #opened = new Map<number, Opened>()
  #lastId = 0
  #failures = 0

  constructor(options: AssociationOpenerOptions) {
    this.#options = options
    options.pool.onRetired = (channel) => this.#closeThatOf(channel)
    void this.#routeMessages() // never rejects
  }

  /** Opens one after the other while there are fewer than `count` says, with the first; until the signal aborts. */
  async keep(count: () => number, transport: AssociationTransport = 'udp'): Promise<void> {
    const { signal } = this.#options
    for (;;) {
      signal.throwIfAborted()
      const others = Array.from(this.#opened.values()).filter((other) => other.transport === transport)
      if (others.length + 1 < count()) {
        await this.open(transport).gathered
        if (this.#failures === 0) continue
      }
      await delay(POLL_MS + Math.min(this.#failures * RETRY_MS, MAX_RETRY_MS), { signal })
    }
  }

  /** Begins to open one. Whoever opens several waits until each has gathered: at once they make each other begin again. */
  open(transport: AssociationTransport): Opening {
    const { control, connection, closing } = this.#options
    const id = ++this.#lastId
    const association = beginAssociation(
      'offerer',
      transport,
      connection,
      (message) => control.send({ type: 'association', id, transport, message }),
      { signal: closing },
    )
    this.#opened.set(id, { transport, association })
    return { gathered: association.gathered, opened: this.#addOpened(id, transport, association) }
  }

  async #addOpened(
    id: number,
    transport: AssociationTransport,
    { opened, channel }: OpenedAssociation,
  ): Promise<boolean> {
    const { pool, progress, signal } = this.#options
    const timeoutMs = transport === 'tcp' ? TCP_TIMEOUT_MS : OPEN_TIMEOUT_MS
    try {
      await withTimeout(abortable(opened, signal), timeoutMs, () => notOpened(timeoutMs))
    } catch {
      if (transport === 'udp') this.#failures++
      this.#close(id)
      return false
    }
    this.#failures = 0
    pool.add(channel, { transport })
    progress.associations = pool.size
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { association } of this.#opened.values()) await association[Symbol.asyncDispose]()
  }

  #closeThatOf(channel: DataChannel): void {
    for (const [id, { association }] of this.#opened) if (association.channel === channel) this.#close(id)
  }

  /** The other side stops using it and closes it; this one does when it has, or at the end. */
  #close(id: number): void {
    const association = this.#opened.get(id)?.association
    if (!association) return
    const { pool, progress } = this.#options
    this.#opened.delete(id)
    progress.associations = pool.size
    void this.#closeAfterPeer(id, association) // never rejects
  }

  async #closeAfterPeer(id: number, association: OpenedAssociation): Promise<void> {
    const { control, signal } = this.#options
    try {
      await control.send({ type: 'association-end', id }, { signal })
      await abortable(association.channel.closed, signal)
    } catch {
      // The transfer is over, and nothing is sent on it any more.
    }
    await association[Symbol.asyncDispose]()
  }

  async #routeMessages(): Promise<void> {
    const { control, closing } = this.#options
    try {
      for await (const message of control.associations({ signal: closing })) {
        if (message.type === 'association')
          this.#opened.get(message.id)?.association.onMessage(message.message)
      }
    } catch {
      // The transfer is over.
    }
  }
}

function notOpened(timeoutMs: number): PeerError {
  return new PeerError('TIMED_OUT', `An association did not open within ${timeoutMs} ms.`)
}

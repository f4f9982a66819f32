import { abortable, aborted } from '../async/abortable.js'
import { delay, withTimeout } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import type { AssociationPool } from './association-pool.js'
import type { AssociationTransport } from './association.js'
import { beginAssociation, type AssociationConnection, type OpenedAssociation } from './open-association.js'
import type { TransferControl } from './transfer-control.js'
import type { TransferProgress } from './transfer-progress.js'

/** Further associations cost connections and their set-up; a transfer smaller than this is over before they help. */
const WORTHWHILE_BYTES = 4 * 1024 * 1024

/** On a short path without TCP four windows of what a socket holds keep two processes busy (measured). */
const SHORT_PATH_ASSOCIATIONS = 4

/** On a long path one Reno connection carries little once a packet is lost; one more for each of these bytes. */
const BYTES_PER_ASSOCIATION = 1024 * 1024

/** So many are opened on a long path before a full link is reason not to open more. */
const FIRST_ASSOCIATIONS = 8

/** Set-up is six round trips: what is over sooner than this gains nothing from one more. */
const MIN_REMAINING_MS = 1_000
const MIN_REMAINING_ROUND_TRIPS = 10

/** A TCP connection within a local network is there in milliseconds, or a firewall swallows it. */
const TCP_TIMEOUT_MS = 2_000

/** An association whose packets do not get through is given up, and another one tried. */
const OPEN_TIMEOUT_MS = 30_000

/** What cannot be opened is tried again less and less often. */
const RETRY_MS = 500
const MAX_RETRY_MS = 5_000

/** How often it is looked whether there should be more. */
const POLL_MS = 20

export interface AddAssociationsOptions {
  pool: AssociationPool
  control: TransferControl
  connection: AssociationConnection
  /** Of the whole transfer; Infinity where nobody knows. */
  bytes: number
  /** How many the receiver and this machine allow, the first included. */
  limit: number
  progress: TransferProgress
  /** Ends the opening. */
  signal: AbortSignal
  /** Closes what was opened: only when neither side sends any more. */
  closing: AbortSignal
}

/**
 * Keeps as many associations beside the first as were asked for, or with `auto` as many as the path, the size and the
 * goodput make worthwhile, and replaces those that fail. Runs beside the transfer and never rejects: one that cannot
 * be opened is done without.
 */
export async function addAssociations(options: AddAssociationsOptions, auto: boolean): Promise<void> {
  const opener = new AssociationOpener(options)
  try {
    if (auto) await addWorthwhile(opener, options)
    else await opener.keep(() => options.limit)
  } catch {
    // The transfer goes on with what it has; when it has ended there is nothing to add.
  }
  await aborted(options.closing)
  await opener[Symbol.asyncDispose]()
}

async function addWorthwhile(opener: AssociationOpener, options: AddAssociationsOptions): Promise<void> {
  const { pool, connection, bytes, limit, signal } = options
  const { path } = pool
  if (bytes < WORTHWHILE_BYTES) return
  while (!path.isKnown) await delay(POLL_MS, { signal })
  if (path.isLong) return opener.keep(() => worthwhileCount(options))
  // On a short path one TCP connection carries more than any number of UDP sockets, and drops nothing.
  if (limit > 1 && connection.tcp && (await opener.open('tcp'))) return opener.keep(() => 2, 'tcp')
  return opener.keep(() => Math.min(limit, SHORT_PATH_ASSOCIATIONS))
}

/** How many there should be on a long path, with the first: all that the size makes worthwhile, until the link is full. */
function worthwhileCount({ pool, bytes, limit, progress }: AddAssociationsOptions): number {
  const { path } = pool
  const wanted = Math.min(limit, FIRST_ASSOCIATIONS + Math.ceil(bytes / BYTES_PER_ASSOCIATION))
  if (path.isFull) return Math.min(wanted, FIRST_ASSOCIATIONS)
  const remainingMs = (1000 * (bytes - pool.deliveredBytes)) / Math.max(progress.bytesPerSecond, 1)
  const gainlessMs = Math.max(MIN_REMAINING_MS, MIN_REMAINING_ROUND_TRIPS * (path.minRttMs ?? 0))
  return remainingMs < gainlessMs ? 0 : wanted
}

class AssociationOpener implements AsyncDisposable {
  readonly #options: AddAssociationsOptions
  readonly #opened = new Map<number, OpenedAssociation>()
  readonly #ids = new Map<DataChannel, number>()
  #lastId = 0
  #failures = 0

  constructor(options: AddAssociationsOptions) {
    this.#options = options
    options.pool.onRetired = (channel) => this.#close(this.#ids.get(channel))
    void this.#routeMessages() // never rejects
  }

  /** Opens one after the other while there are fewer than `count` says, with the first; until the signal aborts. */
  async keep(count: () => number, transport: AssociationTransport = 'udp'): Promise<void> {
    const { signal } = this.#options
    for (;;) {
      signal.throwIfAborted()
      if (this.#opened.size + 1 < count()) {
        void this.open(transport) // never rejects
        // Several that gather candidates at once make each other begin again.
        await this.#gathered(signal)
      }
      await delay(POLL_MS + Math.min(this.#failures * RETRY_MS, MAX_RETRY_MS), { signal })
    }
  }

  /** Resolves with whether it opened; it is in the pool then. Never rejects. */
  async open(transport: AssociationTransport): Promise<boolean> {
    const { control, connection, pool, progress, signal, closing } = this.#options
    const id = ++this.#lastId
    const association = beginAssociation(
      'offerer',
      transport,
      connection,
      (message) => control.send({ type: 'association', id, transport, message }),
      { signal: closing },
    )
    this.#opened.set(id, association)
    this.#ids.set(association.channel, id)
    const timeoutMs = transport === 'tcp' ? TCP_TIMEOUT_MS : OPEN_TIMEOUT_MS
    try {
      await withTimeout(abortable(association.opened, signal), timeoutMs, () => notOpened(timeoutMs))
    } catch {
      this.#failures++
      this.#close(id)
      return false
    }
    this.#failures = 0
    pool.add(association.channel, { transport })
    progress.associations = pool.size
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const association of this.#opened.values()) await association[Symbol.asyncDispose]()
  }

  /** The other side stops using it and closes it; this one does when it has, or at the end. */
  #close(id: number | undefined): void {
    const association = id === undefined ? undefined : this.#opened.get(id)
    if (id === undefined || !association) return
    const { pool, progress } = this.#options
    this.#opened.delete(id)
    this.#ids.delete(association.channel)
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

  async #gathered(signal: AbortSignal): Promise<void> {
    const newest = Array.from(this.#opened.values()).at(-1)
    if (newest) await abortable(newest.gathered, signal)
  }

  async #routeMessages(): Promise<void> {
    const { control, closing } = this.#options
    try {
      for await (const message of control.associations({ signal: closing })) {
        if (message.type === 'association') this.#opened.get(message.id)?.onMessage(message.message)
      }
    } catch {
      // The transfer is over.
    }
  }
}

function notOpened(timeoutMs: number): PeerError {
  return new PeerError('TIMED_OUT', `An association did not open within ${timeoutMs} ms.`)
}

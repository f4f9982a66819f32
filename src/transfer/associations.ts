import { abortable, aborted } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import type { AssociationPool } from './association-pool.js'
import { LONG_PATH_MS } from './delivery-rate.js'
import { beginAssociation, type AssociationConnection, type OpenedAssociation } from './open-association.js'
import type { TransferControl } from './transfer-control.js'
import type { TransferProgress } from './transfer-progress.js'

/** Further associations cost connections and their set-up; a transfer smaller than this is over before they help. */
const WORTHWHILE_BYTES = 4 * 1024 * 1024

/** On a short path four windows of what a socket holds keep two processes busy; more only cost wake-ups (measured). */
const SHORT_PATH_ASSOCIATIONS = 4

/** On a long path one Reno connection carries little once a packet is lost; one more for each of these bytes. */
const BYTES_PER_ASSOCIATION = 1024 * 1024

/** The first round trips of a busy machine look like those of a long path; the shortest of this long does not. */
const MEASURE_MS = 250
const POLL_MS = 5

export interface Adding {
  pool: AssociationPool
  control: TransferControl
  connection: AssociationConnection
  /** Of the whole transfer. */
  bytes: number
  limit: number
  progress: TransferProgress
  /** Ends the opening. */
  signal: AbortSignal
  /** Closes what was opened: only when neither side sends any more. */
  closing: AbortSignal
}

/**
 * Opens associations beside the first, one after the other (several at once gather candidates over and over), until
 * there are as many as the limit says, or with `auto` as many as the path and the size make worthwhile. Runs beside
 * the transfer and never rejects: one that cannot be opened is done without.
 */
export async function openMoreAssociations(adding: Adding, auto: boolean): Promise<void> {
  const { pool, control, connection, progress, signal, closing } = adding
  const opened = new Map<number, OpenedAssociation>()
  void routeMessages(control, opened, closing) // never rejects
  try {
    const wanted = auto ? await worthwhile(adding) : adding.limit
    for (let id = 1; id < wanted && !signal.aborted; id++) {
      const association = beginAssociation(
        'offerer',
        connection,
        (message) => control.send({ type: 'association', id, message }),
        { signal: closing },
      )
      opened.set(id, association)
      await abortable(association.opened, signal)
      pool.add(association.channel)
      progress.associations = pool.size
    }
  } catch {
    // The transfer goes on with what it has; when it has ended there is nothing to add.
  }
  await aborted(closing)
  for (const association of opened.values()) await association[Symbol.asyncDispose]()
}

async function worthwhile({ pool, bytes, limit, signal }: Adding): Promise<number> {
  if (bytes < WORTHWHILE_BYTES) return 1
  const measuredMs = performance.now() + MEASURE_MS
  while (pool.minRttMs === null || (pool.minRttMs > LONG_PATH_MS && performance.now() < measuredMs)) {
    await delay(POLL_MS, { signal })
  }
  if (pool.minRttMs < LONG_PATH_MS) return Math.min(limit, SHORT_PATH_ASSOCIATIONS)
  return Math.min(limit, Math.ceil(bytes / BYTES_PER_ASSOCIATION))
}

async function routeMessages(
  control: TransferControl,
  opened: ReadonlyMap<number, OpenedAssociation>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { id, message } of control.associations({ signal })) opened.get(id)?.onMessage(message)
  } catch {
    // The transfer is over.
  }
}

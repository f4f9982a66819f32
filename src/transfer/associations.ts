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

/**
 * On a long path so many over TCP where the hosts reach each other: the system's congestion control is often better
 * than Reno, and where it is BBR (draft-ietf-ccwg-bbr) loss does not matter to it. One alone may have its SCTP fall
 * back to slow start when TCP repeats a segment; sixteen cost more processor time than they bring (measured).
 */
const TCP_ASSOCIATIONS = 6

/** ICE, DTLS and SCTP over TCP take about seven round trips where the hosts reach each other. */
const TCP_SET_UP_ROUND_TRIPS = 8

/** On a long path one Reno connection carries little once a packet is lost; one more for each of these bytes. */
const BYTES_PER_ASSOCIATION = 1024 * 1024

/**
 * How many over UDP there are on a long path, with the first, before it is asked what they bring, and for each
 * millisecond of round trip once packets are seen to be lost: what Reno carries falls with it. Eight fill a clean link;
 * each further one costs a handshake, wake-ups and smaller frames, and 24 need twice the processor time of eight
 * (measured). Beside TCP a few show whether packets are lost, which over TCP nobody sees.
 */
const ALONE = { first: 8, lossyPerMs: 0.8 }
const BESIDE_TCP = { first: 4, lossyPerMs: 0.4 }
const MOST_ASSOCIATIONS = 64

/** What more of them should bring, at least; what has grown by less has not grown. */
const WORTHWHILE_GAIN = 1.1

/** After so many periods without growth the present ones carry what they can. */
const FLAT_PERIODS = 3

/** How long it stays with a number that brought no more than a smaller one. */
const HOLD_MS = 5_000

const SETTLING_MS = 300
const SETTLING_ROUND_TRIPS = 2

/** Where those over TCP carry nearly everything, more over UDP bring little. */
const WORTHWHILE_SHARE = 0.25

/** Set-up is six round trips: what is over sooner than this gains nothing from one more. */
const MIN_REMAINING_MS = 1_000
const MIN_REMAINING_ROUND_TRIPS = 10

/** Within a local network a TCP connection is there in milliseconds, or a firewall swallows it. */
const SHORT_PATH_TCP_MS = 2_000

/** Time for one over a long and lossy path. */
const TCP_TIMEOUT_MS = 5_000

/** An association whose packets do not get through is given up, and another one tried. */
const OPEN_TIMEOUT_MS = 30_000

/** A quarter of those beyond the first ones goes at a time, and not more often than this. */
const RETIRE_MS = 1_000

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
  // Worth having on every path, and its set-up is round trips: it does not wait for what the probes say.
  const overTcp = limit > 1 && connection.tcp ? opener.open('tcp') : undefined
  while (!path.isKnown) await delay(POLL_MS, { signal })
  if (path.isLong) return addForLongPath(opener, options, overTcp)
  // On a short path one TCP connection carries more than any number of UDP sockets, and drops nothing.
  if (await opensWithin(overTcp, SHORT_PATH_TCP_MS)) return opener.keep(() => 2, 'tcp')
  return opener.keep(() => Math.min(limit, SHORT_PATH_ASSOCIATIONS))
}

async function addForLongPath(
  opener: AssociationOpener,
  options: AddAssociationsOptions,
  firstOverTcp: Promise<boolean> | undefined,
): Promise<void> {
  const { pool, connection, limit } = options
  pool.reserveStandby()
  for (let count = 1; count < Math.min(BESIDE_TCP.first, limit); count++) await opener.begin('udp')
  const overTcp = connection.tcp ? Math.min(TCP_ASSOCIATIONS, limit - BESIDE_TCP.first) : 0
  // They do not wait for the first one: its set-up is seven round trips.
  for (let count = 1; count < overTcp; count++) await opener.begin('tcp')
  const isTcpOpen = await opensWithin(firstOverTcp, TCP_SET_UP_ROUND_TRIPS * (pool.path.minRttMs ?? 0))
  const growth = new Growth(options, isTcpOpen ? BESIDE_TCP : ALONE)
  return opener.keep(() => growth.count)
}

/** Whether it opens in this time; it may still open later. Never rejects. */
async function opensWithin(opening: Promise<boolean> | undefined, timeoutMs: number): Promise<boolean> {
  if (!opening) return false
  return withTimeout(opening, timeoutMs, () => notOpened(timeoutMs)).catch(() => false)
}

/**
 * How many associations over UDP there should be on a long path, with the first: a few at first, many where packets
 * are lost, and twice as many whenever they carry no more than before and the link is not full; never more than the
 * size pays for. Where that brought nothing it stays as it is for a while.
 */
class Growth {
  readonly #options: AddAssociationsOptions
  readonly #lossyPerMs: number
  #target: number
  #before = { bytes: 0, bytesOverUdp: 0, atMs: performance.now() }
  #bestBytesPerMs = 0
  #bestBeforeGrowth = 0
  #hasGrown = false
  #flatPeriods = 0
  #decideAtMs = 0
  #holdUntilMs = 0

  constructor(options: AddAssociationsOptions, { first, lossyPerMs }: { first: number; lossyPerMs: number }) {
    this.#options = options
    this.#target = first
    this.#lossyPerMs = lossyPerMs
  }

  get count(): number {
    const { pool, bytes, limit } = this.#options
    const { path } = pool
    if (!path.isLong || this.#remainingMs < this.#gainlessMs) return 0
    const count = Math.min(
      this.#target,
      limit - pool.countOver('tcp'),
      ALONE.first + Math.ceil(bytes / BYTES_PER_ASSOCIATION),
    )
    if (pool.countOver('udp') >= count) this.#decide(performance.now())
    return count
  }

  #decide(nowMs: number): void {
    const { pool } = this.#options
    if (this.#decideAtMs === 0) this.#decideAtMs = nowMs + this.#settlingMs
    if (nowMs < this.#decideAtMs) return
    this.#decideAtMs = nowMs + this.#settlingMs
    const { carriedBytes: bytes, carriedOver, path } = pool
    const bytesPerMs = (bytes - this.#before.bytes) / (nowMs - this.#before.atMs)
    const shareOverUdp =
      (carriedOver.udp - this.#before.bytesOverUdp) / Math.max(bytes - this.#before.bytes, 1)
    this.#before = { bytes, bytesOverUdp: carriedOver.udp, atMs: nowMs }
    this.#flatPeriods = bytesPerMs > WORTHWHILE_GAIN * this.#bestBytesPerMs ? 0 : this.#flatPeriods + 1
    this.#bestBytesPerMs = Math.max(this.#bestBytesPerMs, bytesPerMs)
    if (path.isFull) this.#flatPeriods = 0
    else if (this.#isWorthwhile(shareOverUdp, nowMs)) this.#grow()
  }

  /** Whether the last growth, which was over UDP, was worth it; where it was not, another one waits. */
  #isWorthwhile(shareOverUdp: number, nowMs: number): boolean {
    if (nowMs < this.#holdUntilMs) return false
    if (!this.#hasGrown || !this.#isSettled) return true
    if (shareOverUdp >= WORTHWHILE_SHARE && this.#bestBytesPerMs >= WORTHWHILE_GAIN * this.#bestBeforeGrowth)
      return true
    this.#holdUntilMs = nowMs + HOLD_MS
    this.#hasGrown = false
    return false
  }

  /** Whether the present ones carry what they can. */
  get #isSettled(): boolean {
    return this.#options.pool.path.isLossy || this.#flatPeriods >= FLAT_PERIODS
  }

  #grow(): void {
    if (!this.#isSettled) return
    const { isLossy, minRttMs } = this.#options.pool.path
    const lossy = isLossy ? Math.ceil(this.#lossyPerMs * (minRttMs ?? 0)) : 0
    this.#target = Math.min(Math.max(2 * this.#target, lossy), MOST_ASSOCIATIONS)
    this.#bestBeforeGrowth = this.#bestBytesPerMs
    this.#hasGrown = true
    this.#flatPeriods = 0
  }

  get #remainingMs(): number {
    const { pool, bytes, progress } = this.#options
    return (1000 * (bytes - pool.deliveredBytes)) / Math.max(progress.bytesPerSecond, 1)
  }

  get #gainlessMs(): number {
    return Math.max(MIN_REMAINING_MS, MIN_REMAINING_ROUND_TRIPS * (this.#options.pool.path.minRttMs ?? 0))
  }

  /** Until new ones carry what they can: their slow start takes some round trips. */
  get #settlingMs(): number {
    return Math.max(SETTLING_MS, SETTLING_ROUND_TRIPS * (this.#options.pool.path.minRttMs ?? 0))
  }
}

class AssociationOpener implements AsyncDisposable {
  readonly #options: AddAssociationsOptions
  readonly #opened = new Map<number, OpenedAssociation>()
  readonly #ids = new Map<DataChannel, number>()
  readonly #overTcp = new Set<number>()
  #lastId = 0
  #failures = 0
  #retiredAtMs = 0

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
      const others = transport === 'tcp' ? this.#overTcp.size : this.#opened.size - this.#overTcp.size
      if (others + 1 < count()) {
        await this.begin(transport)
        if (this.#failures === 0) continue
      }
      this.#retireUseless()
      await delay(POLL_MS + Math.min(this.#failures * RETRY_MS, MAX_RETRY_MS), { signal })
    }
  }

  /**
   * Begins to open one, and resolves when it has gathered its candidates: several that gather at once make each other
   * begin again.
   */
  async begin(transport: AssociationTransport): Promise<void> {
    void this.open(transport) // never rejects
    const newest = Array.from(this.#opened.values()).at(-1)
    if (newest) await abortable(newest.gathered, this.#options.signal)
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
    if (transport === 'tcp') this.#overTcp.add(id)
    const timeoutMs = transport === 'tcp' ? TCP_TIMEOUT_MS : OPEN_TIMEOUT_MS
    try {
      await withTimeout(abortable(association.opened, signal), timeoutMs, () => notOpened(timeoutMs))
    } catch {
      if (transport === 'udp') this.#failures++
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
    this.#overTcp.delete(id)
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

  /** Fewer carry as much where the link is full, and their windows stand in its queue. */
  #retireUseless(): void {
    const { pool } = this.#options
    const nowMs = performance.now()
    if (!pool.path.isOverfull || pool.size <= ALONE.first || nowMs - this.#retiredAtMs < RETIRE_MS) return
    this.#retiredAtMs = nowMs
    pool.retireSlowest(Math.ceil((pool.size - ALONE.first) / 4))
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

import { aborted } from '../async/abortable.js'
import { delay, withTimeout } from '../async/delay.js'
import { AssociationGrowth } from './association-growth.js'
import { AssociationOpener, type AssociationOpenerOptions } from './association-opener.js'

/** Further associations cost connections and their set-up; a transfer smaller than this is over before they help. */
const WORTHWHILE_BYTES = 4 * 1024 * 1024

/** On a short path without TCP four windows of what a socket holds keep two processes busy (measured). */
const SHORT_PATH_ASSOCIATIONS = 4

/**
 * On a long path so many over TCP where the hosts reach each other: the system's congestion control is often better
 * than Reno, and where it is BBR (draft-ietf-ccwg-bbr) loss does not matter to it. One alone may have its SCTP fall
 * back to slow start when TCP repeats a segment; twelve bring no more than eight (measured).
 */
const TCP_ASSOCIATIONS = 8

/** ICE, DTLS and SCTP over TCP take about seven round trips where the hosts reach each other, over UDP six. */
const TCP_SET_UP_ROUND_TRIPS = 8

/** Within a local network a TCP connection is there in milliseconds, or a firewall swallows it. */
const SHORT_PATH_TCP_MS = 2_000

/**
 * How many over UDP there are on a long path, with the first, and how many for each millisecond of round trip once
 * packets are lost: what Reno carries falls with it. Eight fill a clean link; each further one costs a handshake,
 * wake-ups and smaller frames, and 24 need twice the processor time of eight (measured). Beside TCP a few show whether
 * packets are lost, which over TCP nobody sees.
 */
const ALONE = { first: 8, lossyPerMs: 0.8 }
const BESIDE_TCP = { first: 4, lossyPerMs: 0.4 }

/** On a long path one Reno connection carries little once a packet is lost; one more for each of these bytes. */
const BYTES_PER_ASSOCIATION = 1024 * 1024

/** With its set-up and slow start one more brings nothing to what is over sooner. */
const MIN_REMAINING_MS = 1_000
const MIN_REMAINING_ROUND_TRIPS = 10

/** How often it is looked whether it is known what kind of path there is. */
const POLL_MS = 20

export interface AddAssociationsOptions extends AssociationOpenerOptions {
  /** Of the whole transfer; Infinity where nobody knows. */
  bytes: number
  /** How many the receiver and this machine allow, the first included. */
  limit: number
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
  const overTcp = limit > 1 && connection.tcp ? opener.open('tcp').opened : undefined
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
  for (let count = 1; count < Math.min(BESIDE_TCP.first, limit); count++) await opener.open('udp').gathered
  const overTcp = connection.tcp ? Math.min(TCP_ASSOCIATIONS, limit - BESIDE_TCP.first) : 0
  // They do not wait for the first one: its set-up is seven round trips.
  for (let count = 1; count < overTcp; count++) await opener.open('tcp').gathered
  const isTcpOpen = await opensWithin(firstOverTcp, TCP_SET_UP_ROUND_TRIPS * (pool.path.minRttMs ?? 0))
  const growth = new AssociationGrowth(isTcpOpen ? BESIDE_TCP : ALONE, pool.path)
  return opener.keep(() => {
    const count = countOverUdp(growth, options)
    if (pool.countOver('udp') >= count) growth.observe(pool.carried, performance.now())
    pool.mostOverUdp = growth.count
    return count
  })
}

/** As many as the growth says, but never more than the size pays for beyond a few; none where the end is near. */
function countOverUdp(
  { count }: AssociationGrowth,
  { pool, progress, bytes, limit }: AddAssociationsOptions,
) {
  const { isLong, minRttMs } = pool.path
  const remainingMs = (1000 * (bytes - pool.deliveredBytes)) / Math.max(progress.bytesPerSecond, 1)
  const setUpMs = Math.max(MIN_REMAINING_MS, MIN_REMAINING_ROUND_TRIPS * (minRttMs ?? 0))
  if (!isLong || remainingMs < setUpMs) return 0
  return Math.min(
    count,
    limit - pool.countOver('tcp'),
    ALONE.first + Math.ceil(bytes / BYTES_PER_ASSOCIATION),
  )
}

/** Whether it opens in this time; it may still open later. Never rejects. */
async function opensWithin(opening: Promise<boolean> | undefined, timeoutMs: number): Promise<boolean> {
  if (!opening) return false
  return withTimeout(opening, timeoutMs, () => new Error('not yet')).catch(() => false)
}

import { PeerError } from '../errors.js'
import type { AssociationTransport, Piece } from './association.js'
import { CarriedSince } from './carried-since.js'
import { GoodputComparison } from './goodput-comparison.js'
import type { PathModel } from './path-model.js'

/** Silence, at least and in round trips, after which the others carry what a stalled association has in flight. */
const STALLED_MS = 1_200
const STALLED_ROUND_TRIPS = 6

/** Silence after which it is closed and replaced; an association recovers by itself within 3 s where it can. */
const FROZEN_MS = 5_000
const FROZEN_ROUND_TRIPS = 20

/** What the associations carry is compared over this. */
const COMPARED_MS = 500

/**
 * An association that carries less of the best ever seen than this is starved. On a long path one whose congestion
 * window has collapsed is slow for a while, and not worth the six round trips of another.
 */
const STARVED_RATIO = 0.2
const LONG_PATH_STARVED_RATIO = 0.05

/** So many fill a clean link. Of those beyond a quarter goes at a time, and not more often than this. */
const FEW_ASSOCIATIONS = 8
const RETIRE_MS = 1_000

export interface AssociationWatchOptions {
  /** So many are never too many. */
  fewest?: number | undefined
}

/** What is looked at of an association. */
export interface WatchedAssociation {
  readonly transport: AssociationTransport
  readonly deliveredBytes: number
  readonly isBusy: boolean
  /** performance.now() of its last sign of life. */
  readonly heardAtMs: number
  /** Milliseconds for which something on the way was not acknowledged. */
  silentMs(nowMs: number): number
  /** What is on the way since `beforeMs` or longer. */
  overdue(beforeMs: number): readonly Piece[]
}

export interface Finding<T> {
  association: T
  /** It is to be taken out, for this reason. */
  retire?: PeerError
  /** To go out on the others too. */
  repeat?: readonly Piece[]
}

/** Looks after the associations of one transfer: which stand still, carry next to nothing, or are too many. */
export class AssociationWatch<T extends WatchedAssociation> {
  readonly #path: PathModel
  readonly #fewest: number
  readonly #goodput = new GoodputComparison<T>()
  readonly #carried = new CarriedSince<T>()
  /** How many are wanted over UDP, with the one on standby: those beyond go. */
  mostOverUdp = Infinity
  #comparedAtMs = performance.now()
  #retiredAtMs = 0

  constructor(path: PathModel, { fewest = FEW_ASSOCIATIONS }: AssociationWatchOptions = {}) {
    this.#path = path
    this.#fewest = fewest
  }

  /** What is to be done at `nowMs`. Those on standby may stall, but are never too poor or too many. */
  look(all: readonly T[], standby: ReadonlySet<T>, nowMs: number): Finding<T>[] {
    const others = all.filter((association) => !standby.has(association))
    const findings = this.#stalled(all, nowMs)
    if (nowMs - this.#comparedAtMs >= COMPARED_MS) {
      this.#comparedAtMs = nowMs
      findings.push(...this.#useless(all, others))
    }
    if (nowMs - this.#retiredAtMs >= RETIRE_MS) {
      const retired = this.#surplus(all, others)
      if (retired.length > 0) this.#retiredAtMs = nowMs
      findings.push(...retired)
    }
    return findings
  }

  /** Whether it moves, and carries more than next to nothing of what there has been. */
  isWell(association: T, nowMs: number): boolean {
    return !this.#goodput.isStarved(association) && association.silentMs(nowMs) < this.#stalledMs
  }

  get #stalledMs(): number {
    return Math.max(STALLED_MS, STALLED_ROUND_TRIPS * (this.#path.minRttMs ?? 0))
  }

  /** While the path itself answers, an association that does not is the trouble. */
  #stalled(all: readonly T[], nowMs: number): Finding<T>[] {
    if (!this.#path.isAlive(nowMs) || all.length < 2) return []
    const stalledMs = this.#stalledMs
    const frozenMs = Math.max(FROZEN_MS, FROZEN_ROUND_TRIPS * (this.#path.minRttMs ?? 0))
    const lastHeardMs = Math.max(...all.map(({ heardAtMs }) => heardAtMs))
    return all.flatMap((association): Finding<T>[] => {
      const silentMs = association.silentMs(nowMs)
      // Where all of them are silent it is the receiver that takes nothing.
      if (silentMs > frozenMs && lastHeardMs - association.heardAtMs > frozenMs - stalledMs)
        return [{ association, retire: lost('An association of the transfer stands still.') }]
      return silentMs > stalledMs ? [{ association, repeat: association.overdue(nowMs - stalledMs) }] : []
    })
  }

  /**
   * Carrying hardly anything while another carries a lot is worse than not being there: what it holds is late. Not so on
   * a long path beside TCP, where the hosts' congestion control divides the link as it likes, and another one would get no
   * more: those over TCP take turns, and those over UDP show what is lost.
   */
  #useless(all: readonly T[], others: readonly T[]): Finding<T>[] {
    if (this.#path.isLong && over('tcp', all).length > 0) return []
    this.#goodput.compare(all, this.#path.isLong ? LONG_PATH_STARVED_RATIO : STARVED_RATIO)
    const association = this.#goodput.useless.find((one) => others.includes(one))
    return association ? [{ association, retire: lost('An association of the transfer starves.') }] : []
  }

  /** Fewer carry as much where the link is full, and their windows stand in its queue. */
  #surplus(all: readonly T[], others: readonly T[]): Finding<T>[] {
    const overUdp = over('udp', others)
    const unwanted = overUdp.length + 1 - this.mostOverUdp
    if (unwanted > 0) return this.#slowest(overUdp, Math.ceil(unwanted / 4))
    const tooMany = this.#path.isOverfull ? all.length - this.#fewest : 0
    return this.#slowest(others, Math.ceil(tooMany / 4))
  }

  /** The `count` that have carried least since they were added, or since the last time. */
  #slowest(others: readonly T[], count: number): Finding<T>[] {
    if (count <= 0) return []
    return others
      .map((association) => ({ association, bytes: this.#carried.take(association) }))
      .toSorted((left, right) => left.bytes - right.bytes)
      .slice(0, count)
      .map(({ association }) => ({ association, retire: lost('The association is not needed.') }))
  }
}

function over<T extends WatchedAssociation>(transport: AssociationTransport, all: readonly T[]): T[] {
  return all.filter((association) => association.transport === transport)
}

function lost(message: string): PeerError {
  return new PeerError('PEER_LOST', message)
}

import { DelayLine, type LinkClock } from './delay-line.js'
import type { Impairment } from './impairment.js'
import { LinkModel, type LinkDirection } from './link-model.js'

/** What one direction of a link did, counted where it was done. */
export interface LinkCounts {
  /** All that came, whatever became of them, and their UDP payload. */
  packets: number
  bytes: number
  lost: number
  queueDropped: number
  reordered: number
}

export interface LinkPacket {
  /** UDP payload. */
  bytes: number
  /** Hands the packet on. */
  deliver: () => void
}

/** The two ways through a link, shared by everything that goes through it. */
export interface LinkDirections {
  outgoing: ImpairedDirection
  incoming: ImpairedDirection
}

/** 100 Mbit/s for 5 s: a peer that sends without end does not fill the memory. */
const MAX_HELD_BYTES = 64 * 1024 * 1024

/** One direction of an impaired link: packets go in and come out late, not at all, or overtaken. */
export class ImpairedDirection implements Disposable {
  readonly #model: LinkModel
  readonly #clock: LinkClock
  readonly #line: DelayLine<LinkPacket>
  readonly #counts: LinkCounts = { packets: 0, bytes: 0, lost: 0, queueDropped: 0, reordered: 0 }
  #heldBytes = 0
  #lastDueMs = 0

  constructor(impairment: Impairment, direction: LinkDirection, clock: LinkClock) {
    this.#model = new LinkModel(impairment, direction)
    this.#clock = clock
    this.#line = new DelayLine(clock, (packet) => {
      this.#heldBytes -= packet.bytes
      packet.deliver()
    })
  }

  get counts(): LinkCounts {
    return { ...this.#counts }
  }

  /** When the last packet that is under way will have left; of no meaning when none is. */
  get lastDueMs(): number {
    return this.#lastDueMs
  }

  /** False where the packet will not be delivered. */
  carry(packet: LinkPacket): boolean {
    this.#counts.packets += 1
    this.#counts.bytes += packet.bytes
    const admitted = this.#model.admit(packet.bytes, this.#clock.now())
    if (admitted.fate === 'lost') {
      this.#counts.lost += 1
      return false
    }
    if (admitted.fate === 'queue-full' || this.#heldBytes + packet.bytes > MAX_HELD_BYTES) {
      this.#counts.queueDropped += 1
      return false
    }
    if (admitted.reordered) this.#counts.reordered += 1
    this.#heldBytes += packet.bytes
    this.#lastDueMs = Math.max(this.#lastDueMs, admitted.dueMs)
    this.#line.push(packet, admitted.dueMs)
    return true
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]()
  }
}

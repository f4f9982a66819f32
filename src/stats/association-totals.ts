import type { PeerConnection, RawStats } from '../session/ports.js'
import { readNumber } from './read-field.js'

/** The type of the dictionary that stands for all further connections of a run in the reports of its first. */
export const ASSOCIATIONS = 'webrtc-cli-associations'

/** What is counted of them, in the words of the W3C's transport dictionary. */
const COUNTERS = ['bytesSent', 'bytesReceived', 'packetsSent', 'packetsReceived'] as const
type Counted = Pick<PeerConnection, 'getStats' | typeof Symbol.asyncDispose>
type Totals = Record<(typeof COUNTERS)[number], number>

/**
 * What the further connections of a transfer sent and received together, those that are closed by now included: one
 * that is closed is read a last time before. Nothing is read before the first `read`.
 */
export class AssociationTotals {
  readonly #open = new Map<Counted, Totals>()
  #closed = noTotals()
  #isRead = false

  /** Makes connections that are counted. */
  through<Args extends unknown[], Connection extends Counted>(
    create: (...args: Args) => Connection,
  ): (...args: Args) => Connection {
    return (...args) => {
      const connection = create(...args)
      this.#open.set(connection, noTotals())
      const close = () => this.#close(connection)
      return new Proxy(connection, {
        get(target, property) {
          if (property === Symbol.asyncDispose) return close
          const value: unknown = Reflect.get(target, property, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    }
  }

  /** The totals as a dictionary of a report; never rejects. */
  async read(): Promise<RawStats> {
    this.#isRead = true
    await Promise.all(Array.from(this.#open.keys(), (connection) => this.#readOne(connection)))
    const totals = [this.#closed, ...this.#open.values()].reduce(add)
    return { id: ASSOCIATIONS, type: ASSOCIATIONS, timestamp: Date.now(), ...totals }
  }

  async #close(connection: Counted): Promise<void> {
    if (this.#isRead) await this.#readOne(connection)
    const last = this.#open.get(connection)
    if (this.#open.delete(connection) && last) this.#closed = add(this.#closed, last)
    await connection[Symbol.asyncDispose]()
  }

  async #readOne(connection: Counted): Promise<void> {
    try {
      const transports = (await connection.getStats()).filter(({ type }) => type === 'transport')
      if (this.#open.has(connection))
        this.#open.set(connection, transports.map(totalsOf).reduce(add, noTotals()))
    } catch {
      // It is closing: what was known of it stays.
    }
  }
}

function totalsOf(transport: RawStats): Totals {
  const of = (field: string) => readNumber(transport, field) ?? 0
  return {
    bytesSent: of('bytesSent'),
    bytesReceived: of('bytesReceived'),
    packetsSent: of('packetsSent'),
    packetsReceived: of('packetsReceived'),
  }
}

function noTotals(): Totals {
  return { bytesSent: 0, bytesReceived: 0, packetsSent: 0, packetsReceived: 0 }
}

function add(one: Totals, other: Totals): Totals {
  return {
    bytesSent: one.bytesSent + other.bytesSent,
    bytesReceived: one.bytesReceived + other.bytesReceived,
    packetsSent: one.packetsSent + other.packetsSent,
    packetsReceived: one.packetsReceived + other.packetsReceived,
  }
}

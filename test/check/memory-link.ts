import type { Link, LinkEvents } from '../../src/check/ports.js'
import type { Endpoint } from '../../src/stun/endpoint.js'
import { decodeStunMessage, type ReceivedStunMessage } from '../../src/stun/stun-message.js'

export const SERVER: Endpoint = { address: '192.0.2.1', port: 3478 }

export interface MemoryLink {
  open: (events: LinkEvents) => Promise<Link>
  /** Every STUN message that was sent, in order. */
  readonly sent: ReceivedStunMessage[]
  /** Bytes from the server. */
  deliver(bytes: Uint8Array): void
  fail(error: Error): void
}

/** A link to a server that answers as `answer` does, at once. */
export function createMemoryLink({
  reliable = false,
  answer = () => undefined,
}: {
  reliable?: boolean
  answer?: (request: ReceivedStunMessage) => Uint8Array | undefined
} = {}): MemoryLink {
  let events: LinkEvents | undefined
  const sent: ReceivedStunMessage[] = []
  return {
    sent,
    deliver: (bytes) => events?.onPacket(bytes, SERVER),
    fail: (error) => events?.onFailure(error),
    open: async (given) => {
      events = given
      return {
        local: { address: '192.0.2.7', port: 40_000 },
        reliable,
        send(bytes) {
          const message = decodeStunMessage(bytes)
          if (message === undefined) return
          sent.push(message)
          const response = answer(message)
          if (response) queueMicrotask(() => given.onPacket(response, SERVER))
        },
        [Symbol.asyncDispose]: async () => undefined,
      }
    },
  }
}

import { decodeChannelData, encodeChannelData, FIRST_CHANNEL } from '../stun/channel-data.js'
import type { Endpoint } from '../stun/endpoint.js'
import type { AddressFamily } from '../stun/ip-address.js'
import type { Link, LinkEvents } from './ports.js'
import { StunClient } from './stun-client.js'
import { allocate, type Allocation } from './turn-allocation.js'
import type { TurnCredentials } from './turn-credentials.js'

export interface OpenRelayEndOptions {
  credentials: TurnCredentials
  family: AddressFamily
  signal: AbortSignal
}

/** One client of a TURN server with its allocation; disposing gives both back. */
export interface RelayEnd extends AsyncDisposable {
  readonly client: StunClient
  readonly allocation: Allocation
  /** From now on data goes to this peer, and comes from it. One peer. */
  connect(peer: Endpoint, onData: (data: Uint8Array) => void): Promise<void>
  send(data: Uint8Array): void
}

/** Opens a link with `open` and allocates on it; rejects as `allocate` does. */
export async function openRelayEnd(
  open: (events: LinkEvents) => Promise<Link>,
  options: OpenRelayEndOptions,
): Promise<RelayEnd> {
  let onData: (data: Uint8Array) => void = () => undefined
  const client = await StunClient.open(open, (bytes) => {
    const received = decodeChannelData(bytes)
    if (received?.channel === FIRST_CHANNEL) onData(received.data)
  })
  try {
    const allocation = await allocate(client, options)
    return {
      client,
      allocation,
      async connect(peer, handler) {
        onData = handler
        await allocation.bindChannel(FIRST_CHANNEL, peer)
      },
      send: (data) => client.send(encodeChannelData(FIRST_CHANNEL, data)),
      async [Symbol.asyncDispose]() {
        await allocation[Symbol.asyncDispose]()
        await client[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await client[Symbol.asyncDispose]()
    throw error
  }
}

import type { RemoteInfo } from 'node:dgram'
import type { LinkDirections } from '../../impair/impaired-direction.js'
import { formatEndpoint, type Endpoint } from '../../stun/endpoint.js'
import { openUdpSocket, type UdpSocket } from './udp-socket.js'

export interface ServerForwarderOptions {
  /** The loopback address to listen on, of the family of the server. */
  address: string
  server: Endpoint
  directions: LinkDirections
  portRange?: { min: number; max: number } | undefined
}

/** What comes while the outward socket is opened is the first request of a client, which has no other to send. */
const MAX_WAITING = 8

interface Client {
  outward: UdpSocket | undefined
  waiting: Buffer[]
}

/** Stands in for a TURN server: what the stack sends here goes to the server through the link, and back. */
export class ServerForwarder implements AsyncDisposable {
  readonly #options: ServerForwarderOptions
  readonly #clients = new Map<string, Client>()
  #socket: UdpSocket | undefined

  static async open(options: ServerForwarderOptions): Promise<ServerForwarder> {
    const forwarder = new ServerForwarder(options)
    forwarder.#socket = await openUdpSocket({
      address: options.address,
      onPacket: (bytes, from) => forwarder.#onClientPacket(bytes, from),
    })
    return forwarder
  }

  private constructor(options: ServerForwarderOptions) {
    this.#options = options
  }

  get local(): Endpoint {
    return this.#socket?.local ?? { address: this.#options.address, port: 0 }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const clients = Array.from(this.#clients.values())
    this.#clients.clear()
    for (const { outward } of clients) await outward?.[Symbol.asyncDispose]()
    await this.#socket?.[Symbol.asyncDispose]()
  }

  #onClientPacket(bytes: Buffer, from: RemoteInfo): void {
    const client = this.#clients.get(formatEndpoint(from)) ?? this.#addClient(from)
    if (client.outward) this.#toServer(client.outward, bytes)
    else if (client.waiting.length < MAX_WAITING) client.waiting.push(bytes)
  }

  #addClient(from: RemoteInfo): Client {
    const client: Client = { outward: undefined, waiting: [] }
    this.#clients.set(formatEndpoint(from), client)
    void this.#openOutward(client, from) // never rejects
    return client
  }

  /** Sends from the interface that the stack chose, as the stack would have. */
  async #openOutward(client: Client, from: RemoteInfo): Promise<void> {
    const { portRange, server, directions } = this.#options
    try {
      const outward = await openUdpSocket({
        address: from.address,
        portRange,
        onPacket: (bytes, sender) => {
          if (sender.port !== server.port || sender.address !== server.address) return
          directions.incoming.carry({ bytes: bytes.length, deliver: () => this.#socket?.send(bytes, from) })
        },
      })
      if (this.#clients.get(formatEndpoint(from)) !== client) return await outward[Symbol.asyncDispose]()
      client.outward = outward
      for (const bytes of client.waiting.splice(0)) this.#toServer(outward, bytes)
    } catch {
      // No free port: to the stack the server does not answer.
      client.waiting.length = 0
    }
  }

  #toServer(outward: UdpSocket, bytes: Buffer): void {
    const { server, directions } = this.#options
    directions.outgoing.carry({ bytes: bytes.length, deliver: () => outward.send(bytes, server) })
  }
}

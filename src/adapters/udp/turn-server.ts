import { randomBytes } from 'node:crypto'
import type { RemoteInfo } from 'node:dgram'
import type { ImpairedDirection } from '../../impair/impaired-direction.js'
import { decodeChannelData, encodeChannelHeader } from '../../stun/channel-data.js'
import type { Endpoint } from '../../stun/endpoint.js'
import {
  addressAttribute,
  ATTRIBUTE,
  errorCode,
  readAddress,
  readBytes,
  readChannelNumber,
  readUint32,
  textAttribute,
  uint32Attribute,
} from '../../stun/stun-attributes.js'
import {
  createTransactionId,
  decodeStunMessage,
  encodeStunMessage,
  METHOD,
  type ReceivedStunMessage,
  type StunAttribute,
} from '../../stun/stun-message.js'
import { longTermKey, verifyIntegrity } from '../../stun/stun-seals.js'
import { openUdpSocket, type UdpSocket } from './udp-socket.js'

/** The two ways through the link, shared by everything that goes through it. */
export interface LinkDirections {
  outgoing: ImpairedDirection
  incoming: ImpairedDirection
}

export interface TurnServerOptions {
  /** The loopback address to listen on. */
  address: string
  directions: LinkDirections
  /** Ports for the outward sockets. */
  portRange?: { min: number; max: number } | undefined
}

/** RFC 8656 §7.2 allows any; the stack refreshes a minute before and its sockets go with it. */
const LIFETIME_S = 3_600
const REALM = 'webrtc-cli'
const UNAUTHORIZED = 401
const INSUFFICIENT_CAPACITY = 508

/** What stands between one socket of the stack and the network. */
interface Client {
  endpoint: Endpoint
  /** Undefined while it is being opened. */
  outward: UdpSocket | undefined
  channels: Map<number, Endpoint>
  channelOf: Map<string, number>
  /** Packets of this client that are on their way through the link. */
  underway: number
  /** The stack closed its end; the socket goes when nothing is under way. */
  released: boolean
}

/**
 * A TURN server (RFC 8656) for the WebRTC stack of this process alone: the one way by which a stack sends every packet
 * through somebody else without a root's help. What it relays passes the link; a relayed address is a socket of the
 * same interface that asked for it, so to a peer it is a host candidate like any other. Peers need no permission:
 * who may send is for ICE to check, as it is where there is no TURN server.
 */
export class LocalTurnServer implements AsyncDisposable {
  readonly username = randomBytes(9).toString('base64url')
  readonly credential = randomBytes(18).toString('base64url')
  readonly #key = longTermKey({ username: this.username, realm: REALM, password: this.credential })
  readonly #nonce = randomBytes(9).toString('base64url')
  readonly #options: TurnServerOptions
  readonly #clients = new Map<string, Client>()
  #socket: UdpSocket | undefined

  static async open(options: TurnServerOptions): Promise<LocalTurnServer> {
    const server = new LocalTurnServer(options)
    server.#socket = await openUdpSocket({
      address: options.address,
      onPacket: (bytes, from) => server.#onClientPacket(bytes, from),
    })
    return server
  }

  private constructor(options: TurnServerOptions) {
    this.#options = options
  }

  get local(): Endpoint {
    return this.#socket?.local ?? { address: this.#options.address, port: 0 }
  }

  /** Whether an address the stack was given is a socket of this machine, opened here. */
  isRelayed({ address, port }: Endpoint): boolean {
    for (const { outward } of this.#clients.values()) {
      if (outward?.local.port === port && outward.local.address === address) return true
    }
    return false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const clients = Array.from(this.#clients.values())
    this.#clients.clear()
    for (const { outward } of clients) await outward?.[Symbol.asyncDispose]()
    await this.#socket?.[Symbol.asyncDispose]()
  }

  #onClientPacket(bytes: Buffer, from: RemoteInfo): void {
    const client = this.#clients.get(keyOf(from))
    const channelData = decodeChannelData(bytes)
    if (channelData) {
      const peer = client?.channels.get(channelData.channel)
      if (client && peer) this.#toPeer(client, channelData.data, peer)
      return
    }
    const message = decodeStunMessage(bytes)
    if (message?.class === 'request') this.#answer(message, from)
    else if (message?.class === 'indication' && client) this.#relaySend(client, message)
  }

  #relaySend(client: Client, message: ReceivedStunMessage): void {
    const peer = readAddress(message, ATTRIBUTE.XOR_PEER_ADDRESS)
    const data = readBytes(message, ATTRIBUTE.DATA)
    if (message.method === METHOD.SEND && peer && data) this.#toPeer(client, data, peer)
  }

  #toPeer(client: Client, data: Uint8Array, peer: Endpoint): void {
    client.underway += 1
    const passes = this.#options.directions.outgoing.carry({
      bytes: data.length,
      deliver: () => {
        client.outward?.send(data, peer)
        client.underway -= 1
        closeWhenDone(client)
      },
    })
    if (!passes) client.underway -= 1
  }

  #onPeerPacket(client: Client, data: Buffer, from: RemoteInfo): void {
    this.#options.directions.incoming.carry({
      bytes: data.length,
      deliver: () => this.#toClient(client, data, from),
    })
  }

  #toClient({ endpoint, channelOf }: Client, data: Buffer, from: RemoteInfo): void {
    const channel = channelOf.get(keyOf(from))
    if (channel === undefined) {
      const transactionId = createTransactionId()
      const attributes = [
        addressAttribute(ATTRIBUTE.XOR_PEER_ADDRESS, from, transactionId),
        { type: ATTRIBUTE.DATA, value: data },
      ]
      const indication = { class: 'indication', method: METHOD.DATA, transactionId, attributes } as const
      this.#socket?.send(encodeStunMessage(indication), endpoint)
      return
    }
    this.#socket?.send([encodeChannelHeader(channel, data.length), data], endpoint)
  }

  #answer(request: ReceivedStunMessage, from: RemoteInfo): void {
    if (request.method === METHOD.BINDING) return this.#accept(request, from, [mappedAddress(request, from)])
    if (verifyIntegrity(request, this.#key) !== 'valid') return this.#refuse(request, from, UNAUTHORIZED)
    const client = this.#clients.get(keyOf(from))
    switch (request.method) {
      case METHOD.ALLOCATE:
        if (!client) return void this.#allocate(request, from) // never rejects
        return client.outward ? this.#grant(request, from, client.outward) : undefined
      case METHOD.REFRESH:
        if (readUint32(request, ATTRIBUTE.LIFETIME) === 0) this.#release(from)
        return this.#accept(request, from, [uint32Attribute(ATTRIBUTE.LIFETIME, LIFETIME_S)])
      case METHOD.CHANNEL_BIND:
        if (client) bindChannel(client, request)
        return this.#accept(request, from)
      case METHOD.CREATE_PERMISSION:
        return this.#accept(request, from)
      default:
        return undefined
    }
  }

  /** A request that is repeated meanwhile finds the client there already, and gets its answer from the first. */
  async #allocate(request: ReceivedStunMessage, from: RemoteInfo): Promise<void> {
    const endpoint = { address: from.address, port: from.port }
    const client: Client = {
      endpoint,
      outward: undefined,
      channels: new Map(),
      channelOf: new Map(),
      underway: 0,
      released: false,
    }
    this.#clients.set(keyOf(from), client)
    try {
      const outward = await openUdpSocket({
        address: from.address,
        portRange: this.#options.portRange,
        onPacket: (data, peer) => this.#onPeerPacket(client, data, peer),
      })
      if (this.#clients.get(keyOf(from)) !== client) return await outward[Symbol.asyncDispose]()
      client.outward = outward
      this.#grant(request, from, outward)
    } catch {
      this.#clients.delete(keyOf(from))
      this.#refuse(request, from, INSUFFICIENT_CAPACITY)
    }
  }

  #grant(request: ReceivedStunMessage, from: RemoteInfo, { local }: UdpSocket): void {
    this.#accept(request, from, [
      addressAttribute(ATTRIBUTE.XOR_RELAYED_ADDRESS, local, request.transactionId),
      mappedAddress(request, from),
      uint32Attribute(ATTRIBUTE.LIFETIME, LIFETIME_S),
    ])
  }

  #release(from: RemoteInfo): void {
    const client = this.#clients.get(keyOf(from))
    if (!client) return
    client.released = true
    closeWhenDone(client)
  }

  #accept(
    { method, transactionId }: ReceivedStunMessage,
    to: Endpoint,
    attributes: StunAttribute[] = [],
  ): void {
    const response = { class: 'success', method, transactionId, attributes } as const
    this.#socket?.send(encodeStunMessage(response, { integrity: { key: this.#key } }), to)
  }

  #refuse({ method, transactionId }: ReceivedStunMessage, to: Endpoint, code: number): void {
    const attributes = [
      errorCode(code),
      textAttribute(ATTRIBUTE.REALM, REALM),
      textAttribute(ATTRIBUTE.NONCE, this.#nonce),
    ]
    this.#socket?.send(encodeStunMessage({ class: 'error', method, transactionId, attributes }), to)
  }
}

/** What the stack sent before it closed, its goodbye above all, still goes out. */
function closeWhenDone({ released, underway, outward }: Client): void {
  if (released && underway === 0) void outward?.[Symbol.asyncDispose]() // never rejects
}

function mappedAddress({ transactionId }: ReceivedStunMessage, from: Endpoint): StunAttribute {
  return addressAttribute(ATTRIBUTE.XOR_MAPPED_ADDRESS, from, transactionId)
}

function bindChannel({ channels, channelOf }: Client, request: ReceivedStunMessage): void {
  const peer = readAddress(request, ATTRIBUTE.XOR_PEER_ADDRESS)
  const channel = readChannelNumber(request)
  if (!peer || channel === undefined) return
  channels.set(channel, peer)
  channelOf.set(keyOf(peer), channel)
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`
}

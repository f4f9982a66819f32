import { randomBytes } from 'node:crypto'
import type { RemoteInfo } from 'node:dgram'
import type { ImpairedDirection } from '../../impair/impaired-direction.js'
import {
  ATTRIBUTE,
  credentialKey,
  ERROR,
  isSealedWith,
  MESSAGE,
  readStunMessage,
  readXorAddress,
  SUCCESS,
  writeStunMessage,
  xorAddress,
  type StunMessage,
} from './stun-message.js'
import { openUdpSocket, type UdpEndpoint, type UdpSocket } from './udp-socket.js'

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
const CHANNEL_DATA = 0x40
const CHANNEL_DATA_MASK = 0xc0

/** What stands between one socket of the stack and the network. */
interface Client {
  endpoint: UdpEndpoint
  /** Undefined while it is being opened. */
  outward: UdpSocket | undefined
  channels: Map<number, UdpEndpoint>
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
  readonly #key = credentialKey(this.username, REALM, this.credential)
  readonly #nonce = Buffer.from(randomBytes(9).toString('base64url'))
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

  get local(): UdpEndpoint {
    return this.#socket?.local ?? { address: this.#options.address, port: 0 }
  }

  /** Whether an address the stack was given is a socket of this machine, opened here. */
  isRelayed({ address, port }: UdpEndpoint): boolean {
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
    if (((bytes[0] ?? 0) & CHANNEL_DATA_MASK) === CHANNEL_DATA) {
      if (client && bytes.length >= 4) this.#relayChannelData(client, bytes)
      return
    }
    const message = readStunMessage(bytes)
    if (message?.type === MESSAGE.sendIndication && client) this.#relaySend(client, message)
    else if (message?.type === MESSAGE.bindingRequest)
      this.#accept(message, from, [mappedAddress(message, from)])
    else if (message) this.#answer(message, from)
  }

  #relayChannelData(client: Client, bytes: Buffer): void {
    const peer = client.channels.get(bytes.readUInt16BE(0))
    if (peer) this.#toPeer(client, bytes.subarray(4, 4 + bytes.readUInt16BE(2)), peer)
  }

  #relaySend(client: Client, { attributes, transactionId }: StunMessage): void {
    const peer = readXorAddress(attributes.get(ATTRIBUTE.xorPeerAddress), transactionId)
    const data = attributes.get(ATTRIBUTE.data)
    if (peer && data) this.#toPeer(client, data, peer)
  }

  #toPeer(client: Client, data: Uint8Array, peer: UdpEndpoint): void {
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
      const transactionId = randomBytes(12)
      const attributes = [
        [ATTRIBUTE.xorPeerAddress, xorAddress(from, transactionId)],
        [ATTRIBUTE.data, data],
      ] as const
      this.#socket?.send(writeStunMessage(MESSAGE.dataIndication, transactionId, attributes), endpoint)
      return
    }
    const header = Buffer.allocUnsafe(4)
    header.writeUInt16BE(channel, 0)
    header.writeUInt16BE(data.length, 2)
    this.#socket?.send([header, data], endpoint)
  }

  #answer(message: StunMessage, from: RemoteInfo): void {
    if (!isSealedWith(message, this.#key)) return this.#refuse(message, from, UNAUTHORIZED)
    const client = this.#clients.get(keyOf(from))
    switch (message.type) {
      case MESSAGE.allocateRequest:
        if (!client) return void this.#allocate(message, from) // never rejects
        return client.outward ? this.#grant(message, from, client.outward) : undefined
      case MESSAGE.refreshRequest:
        if (message.attributes.get(ATTRIBUTE.lifetime)?.every((byte) => byte === 0)) this.#release(from)
        return this.#accept(message, from, [[ATTRIBUTE.lifetime, uint32(LIFETIME_S)]])
      case MESSAGE.channelBindRequest:
        if (client) bindChannel(client, message)
        return this.#accept(message, from)
      case MESSAGE.createPermissionRequest:
        return this.#accept(message, from)
      default:
        return undefined
    }
  }

  /** A request that is repeated meanwhile finds the client there already, and gets its answer from the first. */
  async #allocate(message: StunMessage, from: RemoteInfo): Promise<void> {
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
      this.#grant(message, from, outward)
    } catch {
      this.#clients.delete(keyOf(from))
      this.#refuse(message, from, INSUFFICIENT_CAPACITY)
    }
  }

  #grant(message: StunMessage, from: RemoteInfo, { local }: UdpSocket): void {
    this.#accept(message, from, [
      [ATTRIBUTE.xorRelayedAddress, xorAddress(local, message.transactionId)],
      mappedAddress(message, from),
      [ATTRIBUTE.lifetime, uint32(LIFETIME_S)],
    ])
  }

  #release(from: RemoteInfo): void {
    const client = this.#clients.get(keyOf(from))
    if (!client) return
    client.released = true
    closeWhenDone(client)
  }

  #accept(
    { type, transactionId }: StunMessage,
    to: UdpEndpoint,
    attributes: readonly (readonly [number, Uint8Array])[] = [],
  ): void {
    this.#socket?.send(writeStunMessage(type | SUCCESS, transactionId, attributes, this.#key), to)
  }

  #refuse({ type, transactionId }: StunMessage, to: UdpEndpoint, code: number): void {
    const attributes = [
      [ATTRIBUTE.errorCode, Uint8Array.from([0, 0, Math.floor(code / 100), code % 100])],
      [ATTRIBUTE.realm, Buffer.from(REALM)],
      [ATTRIBUTE.nonce, this.#nonce],
    ] as const
    this.#socket?.send(writeStunMessage(type | ERROR, transactionId, attributes), to)
  }
}

/** What the stack sent before it closed, its goodbye above all, still goes out. */
function closeWhenDone({ released, underway, outward }: Client): void {
  if (released && underway === 0) void outward?.[Symbol.asyncDispose]() // never rejects
}

function mappedAddress({ transactionId }: StunMessage, from: UdpEndpoint) {
  return [ATTRIBUTE.xorMappedAddress, xorAddress(from, transactionId)] as const
}

function bindChannel({ channels, channelOf }: Client, { attributes, transactionId }: StunMessage): void {
  const peer = readXorAddress(attributes.get(ATTRIBUTE.xorPeerAddress), transactionId)
  const [high = 0, low = 0] = attributes.get(ATTRIBUTE.channelNumber) ?? []
  if (!peer) return
  channels.set((high << 8) | low, peer)
  channelOf.set(keyOf(peer), (high << 8) | low)
}

function keyOf({ address, port }: UdpEndpoint): string {
  return `${address} ${port}`
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

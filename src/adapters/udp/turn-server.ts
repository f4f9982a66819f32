import { randomBytes } from 'node:crypto'
import type { RemoteInfo } from 'node:dgram'
import type { LinkDirections } from '../../impair/impaired-direction.js'
import { decodeChannelData } from '../../stun/channel-data.js'
import { formatEndpoint, sameEndpoint, type Endpoint } from '../../stun/endpoint.js'
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
  decodeStunMessage,
  encodeStunMessage,
  METHOD,
  type ReceivedStunMessage,
  type StunAttribute,
} from '../../stun/stun-message.js'
import { longTermKey, verifyIntegrity } from '../../stun/stun-seals.js'
import { TurnAllocation } from './turn-allocation.js'
import { openUdpSocket, type UdpSocket } from './udp-socket.js'

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
  readonly #allocations = new Map<string, TurnAllocation>()
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
  isRelayed(endpoint: Endpoint): boolean {
    return Array.from(this.#allocations.values()).some(
      ({ relayed }) => relayed !== undefined && sameEndpoint(relayed, endpoint),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const allocations = Array.from(this.#allocations.values())
    this.#allocations.clear()
    for (const allocation of allocations) await allocation[Symbol.asyncDispose]()
    await this.#socket?.[Symbol.asyncDispose]()
  }

  #onClientPacket(bytes: Buffer, from: RemoteInfo): void {
    const allocation = this.#allocations.get(formatEndpoint(from))
    const channelData = decodeChannelData(bytes)
    if (channelData) return allocation?.sendOnChannel(channelData.channel, channelData.data)
    const message = decodeStunMessage(bytes)
    if (message?.class === 'request') this.#answer(message, from, allocation)
    else if (message?.class === 'indication' && allocation) relaySend(allocation, message)
  }

  #answer(request: ReceivedStunMessage, from: Endpoint, allocation: TurnAllocation | undefined): void {
    if (request.method === METHOD.BINDING) return this.#accept(request, from, [mappedAddress(request, from)])
    if (verifyIntegrity(request, this.#key) !== 'valid') return this.#refuse(request, from, UNAUTHORIZED)
    switch (request.method) {
      case METHOD.ALLOCATE:
        // A socket of the stack may get the port of one that has gone.
        if (!allocation || allocation.isReleased) return void this.#allocate(request, from) // never rejects
        return this.#grant(request, from, allocation)
      case METHOD.REFRESH:
        if (readUint32(request, ATTRIBUTE.LIFETIME) === 0) allocation?.release()
        return this.#accept(request, from, [uint32Attribute(ATTRIBUTE.LIFETIME, LIFETIME_S)])
      case METHOD.CHANNEL_BIND:
        if (allocation) bindChannel(allocation, request)
        return this.#accept(request, from)
      case METHOD.CREATE_PERMISSION:
        return this.#accept(request, from)
      default:
        return undefined
    }
  }

  async #allocate(request: ReceivedStunMessage, { address, port }: Endpoint): Promise<void> {
    const { directions, portRange } = this.#options
    const client = { address, port }
    const allocation = new TurnAllocation({
      client,
      directions,
      toClient: (packet) => this.#socket?.send(packet, client),
    })
    this.#allocations.set(formatEndpoint(client), allocation)
    try {
      await allocation.open(portRange)
      this.#grant(request, client, allocation)
    } catch {
      this.#allocations.delete(formatEndpoint(client))
      this.#refuse(request, client, INSUFFICIENT_CAPACITY)
    }
  }

  /** A request that is repeated while the socket is being opened gets its answer from the first. */
  #grant(request: ReceivedStunMessage, client: Endpoint, { relayed }: TurnAllocation): void {
    if (!relayed) return
    this.#accept(request, client, [
      addressAttribute(ATTRIBUTE.XOR_RELAYED_ADDRESS, relayed, request.transactionId),
      mappedAddress(request, client),
      uint32Attribute(ATTRIBUTE.LIFETIME, LIFETIME_S),
    ])
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

function mappedAddress({ transactionId }: ReceivedStunMessage, from: Endpoint): StunAttribute {
  return addressAttribute(ATTRIBUTE.XOR_MAPPED_ADDRESS, from, transactionId)
}

function relaySend(allocation: TurnAllocation, message: ReceivedStunMessage): void {
  const peer = readAddress(message, ATTRIBUTE.XOR_PEER_ADDRESS)
  const data = readBytes(message, ATTRIBUTE.DATA)
  if (message.method === METHOD.SEND && peer && data) allocation.send(data, peer)
}

function bindChannel(allocation: TurnAllocation, request: ReceivedStunMessage): void {
  const peer = readAddress(request, ATTRIBUTE.XOR_PEER_ADDRESS)
  const channel = readChannelNumber(request)
  if (peer && channel !== undefined) allocation.bindChannel(channel, peer)
}

import type { LinkDirections } from '../../impair/impaired-direction.js'
import { encodeChannelHeader } from '../../stun/channel-data.js'
import { formatEndpoint, type Endpoint } from '../../stun/endpoint.js'
import { addressAttribute, ATTRIBUTE } from '../../stun/stun-attributes.js'
import { createTransactionId, encodeStunMessage, METHOD } from '../../stun/stun-message.js'
import { openUdpSocket, type UdpSocket } from './udp-socket.js'

/** Where an allocation stands: between one socket of the stack and the network. */
export interface TurnAllocationPlace {
  client: Endpoint
  directions: LinkDirections
  /** Takes what goes to the client, in parts that belong together. */
  toClient: (packet: Uint8Array | readonly Uint8Array[]) => void
}

/** What one socket of the stack has of the TURN server (RFC 8656 §3.2): a socket outward, and the channels it bound. */
export class TurnAllocation implements AsyncDisposable {
  readonly #place: TurnAllocationPlace
  readonly #peers = new Map<number, Endpoint>()
  readonly #channels = new Map<string, number>()
  #outward: UdpSocket | undefined
  /** Packets of this client that are on their way through the link. */
  #underway = 0
  #state: 'held' | 'released' | 'disposed' = 'held'

  constructor(place: TurnAllocationPlace) {
    this.#place = place
  }

  /** The relayed transport address; undefined while its socket is being opened. */
  get relayed(): Endpoint | undefined {
    return this.#outward?.local
  }

  /** Whether its client has given it back. */
  get isReleased(): boolean {
    return this.#state !== 'held'
  }

  /** Opens the socket, on the interface that the stack chose; rejects where no port of the range is free. */
  async open(portRange: { min: number; max: number } | undefined): Promise<void> {
    const outward = await openUdpSocket({
      address: this.#place.client.address,
      portRange,
      onPacket: (bytes, peer) => this.#fromPeer(bytes, peer),
    })
    if (this.isReleased) await outward[Symbol.asyncDispose]()
    else this.#outward = outward
  }

  bindChannel(channel: number, peer: Endpoint): void {
    this.#peers.set(channel, peer)
    this.#channels.set(formatEndpoint(peer), channel)
  }

  /** To the peer that the channel is bound to; nowhere where it is bound to none. */
  sendOnChannel(channel: number, bytes: Uint8Array): void {
    const peer = this.#peers.get(channel)
    if (peer) this.send(bytes, peer)
  }

  /** Sends through the link. */
  send(bytes: Uint8Array, peer: Endpoint): void {
    this.#underway += 1
    const passes = this.#place.directions.outgoing.carry({
      bytes: bytes.length,
      deliver: () => {
        this.#outward?.send(bytes, peer)
        this.#underway -= 1
        this.#closeWhenDone()
      },
    })
    if (!passes) this.#underway -= 1
  }

  /** The stack closed its end: what it sent before, its goodbye above all, still goes out. */
  release(): void {
    this.#state = 'released'
    this.#closeWhenDone()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'disposed'
    await this.#outward?.[Symbol.asyncDispose]()
  }

  #closeWhenDone(): void {
    if (this.#state === 'released' && this.#underway === 0) void this.#outward?.[Symbol.asyncDispose]() // never rejects
  }

  #fromPeer(bytes: Buffer, peer: Endpoint): void {
    const { directions, toClient } = this.#place
    directions.incoming.carry({
      bytes: bytes.length,
      deliver: () => {
        const channel = this.#channels.get(formatEndpoint(peer))
        toClient(
          channel === undefined
            ? dataIndication(bytes, peer)
            : [encodeChannelHeader(channel, bytes.length), bytes],
        )
      },
    })
  }
}

function dataIndication(bytes: Uint8Array, peer: Endpoint): Uint8Array {
  const transactionId = createTransactionId()
  const attributes = [
    addressAttribute(ATTRIBUTE.XOR_PEER_ADDRESS, peer, transactionId),
    { type: ATTRIBUTE.DATA, value: bytes },
  ]
  return encodeStunMessage({ class: 'indication', method: METHOD.DATA, transactionId, attributes })
}

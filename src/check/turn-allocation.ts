import type { Endpoint } from '../stun/endpoint.js'
import type { AddressFamily } from '../stun/ip-address.js'
import {
  addressAttribute,
  ATTRIBUTE,
  channelNumber,
  readAddress,
  readErrorCode,
  readText,
  readUint32,
  textAttribute,
  uint32Attribute,
} from '../stun/stun-attributes.js'
import { METHOD, type ReceivedStunMessage, type StunAttribute } from '../stun/stun-message.js'
import { longTermKey, verifyIntegrity } from '../stun/stun-seals.js'
import { ProbeFailure } from './probe-failure.js'
import type { StunClient, StunResponse } from './stun-client.js'
import type { TurnCredentials } from './turn-credentials.js'
import { explainStunError } from './turn-errors.js'

/** IANA protocol number of UDP, in the first byte of REQUESTED-TRANSPORT. */
const RELAY_OVER_UDP = 17 << 24

/** Once is normal when a nonce ends; more means that servers behind one address do not share them. */
const MAX_STALE_NONCES = 2

export interface AllocateOptions {
  credentials: TurnCredentials
  family?: AddressFamily
  signal: AbortSignal
}

/** A relayed address on a TURN server; disposing gives it back. */
export interface Allocation extends AsyncDisposable {
  readonly relayed: Endpoint
  /** This client as the server sees it. */
  readonly mapped: Endpoint | null
  readonly lifetimeS: number
  readonly realm: string
  /** Lets the peer's packets through. */
  createPermission(peer: Endpoint): Promise<void>
  /** Lets ChannelData stand for packets to and from the peer. */
  bindChannel(channel: number, peer: Endpoint): Promise<void>
}

type Attributes = (transactionId: Uint8Array) => StunAttribute[]

/**
 * Allocates a relayed UDP address (RFC 8656 §7) with long-term credentials. Rejects with ProbeFailure where the
 * server refuses; a stale nonce is asked for anew.
 */
export async function allocate(client: StunClient, options: AllocateOptions): Promise<Allocation> {
  const { family = 'IPv4', credentials, signal } = options
  const attributes = (): StunAttribute[] => [
    uint32Attribute(ATTRIBUTE.REQUESTED_TRANSPORT, RELAY_OVER_UDP),
    ...(family === 'IPv6' ? [uint32Attribute(ATTRIBUTE.REQUESTED_ADDRESS_FAMILY, 2 << 24)] : []),
  ]
  const first = await client.request({ method: METHOD.ALLOCATE, attributes: attributes() }, { signal })
  const challenge = readErrorCode(first.message)
  const authority = new Authority(client, credentials)
  if (first.message.class === 'error' && challenge?.code === 401) authority.challenge(first.message)
  const { message } =
    first.message.class === 'success'
      ? first
      : await authority.request(METHOD.ALLOCATE, attributes, signal, first)
  const relayed = readAddress(message, ATTRIBUTE.XOR_RELAYED_ADDRESS)
  if (relayed === undefined) throw broken('it grants an allocation without an address')
  const inAllocation = async (method: number, peerAttributes: Attributes) => {
    await authority.request(method, peerAttributes, signal)
  }
  const peerAddress = (peer: Endpoint, id: Uint8Array) =>
    addressAttribute(ATTRIBUTE.XOR_PEER_ADDRESS, peer, id)
  return {
    relayed,
    mapped: readAddress(message, ATTRIBUTE.XOR_MAPPED_ADDRESS) ?? null,
    lifetimeS: readUint32(message, ATTRIBUTE.LIFETIME) ?? 0,
    realm: authority.realm,
    createPermission: (peer) => inAllocation(METHOD.CREATE_PERMISSION, (id) => [peerAddress(peer, id)]),
    bindChannel: (channel, peer) =>
      inAllocation(METHOD.CHANNEL_BIND, (id) => [channelNumber(channel), peerAddress(peer, id)]),
    async [Symbol.asyncDispose]() {
      // Not waited for: the server drops what is not refreshed, and the run may be ending.
      authority.giveBack()
    },
  }
}

/** Signs requests with long-term credentials (RFC 8489 §9.2) and follows the server's nonce. */
class Authority {
  readonly #client: StunClient
  readonly #credentials: TurnCredentials
  #nonce = ''
  realm = ''

  constructor(client: StunClient, credentials: TurnCredentials) {
    this.#client = client
    this.#credentials = credentials
  }

  challenge(message: ReceivedStunMessage): void {
    this.#nonce = readText(message, ATTRIBUTE.NONCE) ?? this.#nonce
    this.realm = readText(message, ATTRIBUTE.REALM) ?? this.realm
    if (this.#nonce === '' || this.realm === '')
      throw broken('it asks for credentials without realm and nonce')
  }

  /** The success response; `refused` is an answer that there is already, to be explained if it is final. */
  async request(
    method: number,
    attributes: Attributes,
    signal: AbortSignal,
    refused?: StunResponse,
  ): Promise<StunResponse> {
    if (refused && this.realm === '') throw failureOf(refused.message)
    for (let staleNonces = 0; ; staleNonces += 1) {
      const response = await this.#client.request(this.#sign(method, attributes), { signal })
      const error = readErrorCode(response.message)
      if (response.message.class === 'success') return this.#verified(response)
      if (error?.code !== 438 || staleNonces === MAX_STALE_NONCES) throw failureOf(response.message)
      this.challenge(response.message)
    }
  }

  giveBack(): void {
    this.#client.sendOnce(this.#sign(METHOD.REFRESH, () => [uint32Attribute(ATTRIBUTE.LIFETIME, 0)]))
  }

  #sign(method: number, attributes: Attributes) {
    const { username, credential } = this.#credentials
    const key = longTermKey({ username, realm: this.realm, password: credential })
    return {
      method,
      attributes: (id: Uint8Array) => [
        ...attributes(id),
        textAttribute(ATTRIBUTE.USERNAME, username),
        textAttribute(ATTRIBUTE.REALM, this.realm),
        textAttribute(ATTRIBUTE.NONCE, this.#nonce),
      ],
      integrity: { key },
    }
  }

  #verified(response: StunResponse): StunResponse {
    const { username, credential } = this.#credentials
    const key = longTermKey({ username, realm: this.realm, password: credential })
    if (verifyIntegrity(response.message, key) === 'invalid') {
      throw broken('its answer is not sealed with the password: something on the way changes packets')
    }
    return response
  }
}

function failureOf(message: ReceivedStunMessage): ProbeFailure {
  const error = readErrorCode(message)
  return error ? new ProbeFailure(explainStunError(error)) : broken('it refuses without saying why')
}

function broken(message: string): ProbeFailure {
  return new ProbeFailure({ code: 'protocol', message, hint: 'It may not be a TURN server: check the port.' })
}

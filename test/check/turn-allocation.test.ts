import { describe, expect, it } from 'vitest'
import { StunClient } from '../../src/check/stun-client.js'
import { allocate } from '../../src/check/turn-allocation.js'
import type { Endpoint } from '../../src/stun/endpoint.js'
import {
  addressAttribute,
  ATTRIBUTE,
  errorCode,
  readBytes,
  readText,
  readUint32,
  textAttribute,
  uint32Attribute,
} from '../../src/stun/stun-attributes.js'
import {
  encodeStunMessage,
  METHOD,
  type ReceivedStunMessage,
  type StunAttribute,
} from '../../src/stun/stun-message.js'
import { longTermKey, verifyIntegrity } from '../../src/stun/stun-seals.js'
import { createMemoryLink } from './memory-link.js'

const CREDENTIALS = { username: 'user', credential: 'password' }
const REALM = 'example.org'
const KEY = longTermKey({ username: 'user', realm: REALM, password: 'password' })
const RELAYED: Endpoint = { address: '192.0.2.1', port: 50_000 }

function errorResponse(request: ReceivedStunMessage, code: number, more: StunAttribute[] = []): Uint8Array {
  const attributes = [errorCode(code, 'Why'), ...more]
  return encodeStunMessage({ ...request, class: 'error', attributes })
}

const challenge = (request: ReceivedStunMessage, code: number, nonce: string) =>
  errorResponse(request, code, [textAttribute(ATTRIBUTE.REALM, REALM), textAttribute(ATTRIBUTE.NONCE, nonce)])

function granted(request: ReceivedStunMessage, key: Uint8Array = KEY): Uint8Array {
  const { transactionId } = request
  const attributes = [
    addressAttribute(ATTRIBUTE.XOR_RELAYED_ADDRESS, RELAYED, transactionId),
    uint32Attribute(ATTRIBUTE.LIFETIME, 600),
  ]
  return encodeStunMessage({ ...request, class: 'success', attributes }, { integrity: { key } })
}

/** A server that asks for credentials with `nonces` one after the other, then answers as `final` does. */
function createServer(
  final: (request: ReceivedStunMessage) => Uint8Array,
  nonces: readonly string[] = ['n1'],
) {
  let asked = 0
  return createMemoryLink({
    answer(request) {
      const nonce = nonces[asked]
      asked += 1
      if (nonce !== undefined) return challenge(request, asked === 1 ? 401 : 438, nonce)
      return final(request)
    },
  })
}

async function tryAllocate(link: ReturnType<typeof createMemoryLink>) {
  const client = await StunClient.open(link.open)
  return allocate(client, { credentials: CREDENTIALS, signal: new AbortController().signal })
}

describe('an allocation', () => {
  it('is asked for without, then with credentials (RFC 8489 §9.2)', async () => {
    const link = createServer(granted)
    const allocation = await tryAllocate(link)
    expect(allocation).toMatchObject({ relayed: RELAYED, lifetimeS: 600, realm: REALM })
    const [first, second] = link.sent
    if (!first || !second) throw new Error('two requests were expected')
    expect(readBytes(first, ATTRIBUTE.USERNAME)).toBeUndefined()
    expect(readUint32(first, ATTRIBUTE.REQUESTED_TRANSPORT)).toBe(17 << 24)
    expect(readText(second, ATTRIBUTE.USERNAME)).toBe('user')
    expect(readText(second, ATTRIBUTE.NONCE)).toBe('n1')
    expect(verifyIntegrity(second, KEY)).toBe('valid')
  })

  it('is asked for with the new nonce when the old one is stale', async () => {
    const link = createServer(granted, ['n1', 'n2', 'n3'])
    await tryAllocate(link)
    expect(link.sent.map((request) => readText(request, ATTRIBUTE.NONCE))).toEqual([
      undefined,
      'n1',
      'n2',
      'n3',
    ])
  })

  it('is given up when every nonce is stale', async () => {
    const link = createServer(granted, ['n1', 'n2', 'n3', 'n4', 'n5'])
    await expect(tryAllocate(link)).rejects.toMatchObject({ failure: { code: '438' } })
    expect(link.sent).toHaveLength(4)
  })

  it('is given back when it is disposed', async () => {
    const link = createServer(granted)
    const allocation = await tryAllocate(link)
    await allocation[Symbol.asyncDispose]()
    const last = link.sent.at(-1)
    expect(last?.method).toBe(METHOD.REFRESH)
    expect(last && readUint32(last, ATTRIBUTE.LIFETIME)).toBe(0)
  })

  it.each([
    [300, /another one/],
    [400, /malformed/],
    [401, /user name or the password/],
    [403, /forbids/],
    [437, /allocation/],
    [441, /credentials/],
    [442, /transport/],
    [486, /as many allocations/],
    [508, /no capacity/],
    [599, /error/],
  ])('that is refused with %i says what that means and what to try', async (code, meaning) => {
    const link = createServer((request) => errorResponse(request, code))
    const error: unknown = await tryAllocate(link).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ failure: { code: String(code) } })
    expect(String(error)).toMatch(meaning)
    expect(error).toHaveProperty('failure.hint', expect.stringMatching(/\w/))
  })

  it.each([
    [
      'an answer that another password sealed',
      (request: ReceivedStunMessage) => granted(request, new Uint8Array(16)),
    ],
    [
      'an allocation without an address',
      (request: ReceivedStunMessage) =>
        encodeStunMessage({ ...request, class: 'success', attributes: [] }, { integrity: { key: KEY } }),
    ],
    [
      'an error without a code',
      (request: ReceivedStunMessage) => encodeStunMessage({ ...request, class: 'error', attributes: [] }),
    ],
  ])('does not come of %s', async (_what, answer) => {
    await expect(tryAllocate(createServer(answer))).rejects.toMatchObject({ failure: { code: 'protocol' } })
  })

  it('does not come of a server that asks for credentials without a nonce', async () => {
    const link = createMemoryLink({ answer: (request) => errorResponse(request, 401) })
    await expect(tryAllocate(link)).rejects.toMatchObject({ failure: { code: 'protocol' } })
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { discoverNatBehaviour } from '../../src/check/nat-behaviour.js'
import type { Network } from '../../src/check/ports.js'
import { NoAnswer } from '../../src/check/probe-failure.js'
import type { Endpoint } from '../../src/stun/endpoint.js'
import { OTHER, PRIMARY, simulateNat } from './simulated-nat.js'

const BEHAVIOURS = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent'] as const

async function discover(network: Network, servers: Endpoint[] = [PRIMARY]) {
  const discovering = discoverNatBehaviour('IPv4', servers, { network, signal: new AbortController().signal })
  discovering.catch(() => undefined)
  // Filters are known by silence.
  await vi.advanceTimersByTimeAsync(5_000)
  return discovering
}

describe('NAT discovery', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each(BEHAVIOURS.flatMap((mapping) => BEHAVIOURS.map((filtering) => [mapping, filtering] as const)))(
    'tells mapping %s and filtering %s by one server with two addresses',
    async (mapping, filtering) => {
      const found = await discover(simulateNat({ mapping, filtering }))
      expect(found).toMatchObject({
        translated: true,
        mapping,
        filtering,
        hairpinning: false,
        method: 'rfc5780',
      })
    },
  )

  it('tells that nothing is translated, and what a firewall lets in', async () => {
    const found = await discover(simulateNat({ mapping: null, filtering: 'address-dependent' }))
    expect(found).toMatchObject({ translated: false, filtering: 'address-dependent', hairpinning: null })
  })

  it('tells that the public address works from inside', async () => {
    const nat = {
      mapping: 'endpoint-independent',
      filtering: 'endpoint-independent',
      hairpinning: true,
    } as const
    expect(await discover(simulateNat(nat))).toMatchObject({ hairpinning: true })
  })

  const plain = { filtering: 'address-and-port-dependent', twoAddresses: false } as const
  const elsewhere = { address: '203.0.113.20', port: 3478 }
  const otherPort = { ...PRIMARY, port: 5_000 }

  it.each([
    ['another address', elsewhere, 'endpoint-independent', 'endpoint-independent'],
    ['another address', elsewhere, 'address-and-port-dependent', 'dependent'],
    ['another port', otherPort, 'address-and-port-dependent', 'address-and-port-dependent'],
    ['another port', otherPort, 'endpoint-independent', null],
  ] as const)(
    'with a second server at %s (%o) and mapping %s says %s',
    async (_at, second, mapping, told) => {
      const found = await discover(simulateNat({ ...plain, mapping }), [PRIMARY, second])
      expect(found).toMatchObject({ mapping: told, filtering: null, method: 'two-servers' })
    },
  )

  it('says no mapping with one server of one address', async () => {
    const found = await discover(simulateNat({ ...plain, mapping: 'endpoint-independent' }))
    expect(found).toMatchObject({ mapping: null, filtering: null, method: 'one-server' })
  })

  it('is over when no server answers any more', async () => {
    const silent = simulateNat({ mapping: null, filtering: 'endpoint-independent' })
    const network: Network = {
      ...silent,
      openUdp: async (family, options) => ({
        ...(await silent.openUdp(family, options)),
        send: () => undefined,
      }),
    }
    await expect(discover(network, [PRIMARY, OTHER])).rejects.toBeInstanceOf(NoAnswer)
  })
})

import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { expect, it } from 'vitest'
import { openUdpLink } from '../../../src/adapters/net/udp-link.js'
import { LINK_CLOCK } from '../../../src/adapters/udp/impaired-link.js'
import { LocalTurnServer } from '../../../src/adapters/udp/turn-server.js'
import { StunClient } from '../../../src/check/stun-client.js'
import { allocate } from '../../../src/check/turn-allocation.js'
import { ImpairedDirection } from '../../../src/impair/impaired-direction.js'
import { parseImpairment } from '../../../src/impair/impairment.js'

it('gives a client an address that lives, though one with its port gave another one back', async ({
  signal,
}) => {
  const impairment = parseImpairment('delay=1ms')
  const directions = {
    outgoing: new ImpairedDirection(impairment, 'outgoing', LINK_CLOCK),
    incoming: new ImpairedDirection(impairment, 'incoming', LINK_CLOCK),
  }
  await using server = await LocalTurnServer.open({ address: '127.0.0.1', directions })
  await using client = await StunClient.open((events) =>
    openUdpLink('IPv4', { remote: server.local, signal, ...events }),
  )
  const { username, credential } = server
  const credentials = { username, credential }
  const first = await allocate(client, { credentials, signal })
  await first[Symbol.asyncDispose]()
  await using second = await allocate(client, { credentials, signal })
  const { address, port } = second.relayed
  const other = createSocket('udp4')
  other.bind(port, address)
  expect(await once(other, 'error')).toMatchObject([{ code: 'EADDRINUSE' }])
})

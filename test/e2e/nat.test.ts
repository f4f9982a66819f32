import { describe, expect, it } from 'vitest'
import type { CandidatePairSummary, PeerEvent } from '../../src/events.js'
import { issueCertificate } from '../support/certificates.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { startIn, startTurnServer } from '../support/lab-servers.js'
import { parseEvents, type Namespace } from '../support/namespace.js'
import { openNatLab, SERVER, whyNoNatLab, type NatKind } from '../support/nat-lab.js'

const TURN = `turn:user:password@${SERVER.address}:3478`

interface Session {
  codes: (number | null)[]
  /** The one that was selected last. */
  pair: CandidatePairSummary | null
  events: PeerEvent[]
}

let rooms = 0

/** Two peers, each in its own private network, over a signaling server in the public one. */
async function meet(
  [offererHost, answererHost]: readonly [Namespace, Namespace],
  options: { offerer: readonly string[]; answerer: readonly string[] },
): Promise<Session> {
  rooms += 1
  const place = [
    '--room',
    `r${rooms}`,
    '--signal',
    `ws://${SERVER.address}:8787`,
    '--json',
    '--timeout',
    '40s',
  ]
  // A relayed pair can be there first; the direct one takes its place as soon as it works.
  const stay = ['--message', 'hi', '--duration', '2s']
  const offerer = startIn(offererHost, ['offer', ...place, ...options.offerer, ...stay])
  const answerer = startIn(answererHost, ['answer', ...place, ...options.answerer, ...stay])
  const { code } = await offerer.exit
  // Whoever is left alone waits for somebody else.
  if (code !== 0 && code !== 1) answerer.kill('SIGINT')
  const exits = await Promise.all([offerer.exit, answerer.exit])
  const events = parseEvents(exits[0])
  return {
    codes: exits.map((exit) => exit.code),
    pair: selectedPair(events),
    events,
  }
}

function selectedPair(events: readonly PeerEvent[]): CandidatePairSummary | null {
  let selected: CandidatePairSummary | null = null
  for (const event of events) {
    if (event.event === 'connected') selected = event.candidatePair
    if (event.event === 'candidate-pair') selected = event
  }
  return selected
}

describe.skipIf(whyNoNatLab() !== undefined || isMissing('turnserver'))('peers behind NATs', () => {
  it('connect directly where they can, and by relay where they must', { timeout: 60_000 }, async () => {
    // Each pair has hosts of its own, so that all of them can meet at once.
    const pairs: [NatKind, NatKind, path: 'direct' | 'relay', transport: 'udp' | 'tcp'][] = [
      ['port-restricted', 'port-restricted', 'direct', 'udp'],
      ['full-cone', 'symmetric', 'direct', 'udp'],
      ['port-restricted', 'symmetric', 'relay', 'udp'],
      ['symmetric', 'symmetric', 'relay', 'udp'],
      ['udp-blocked', 'port-restricted', 'relay', 'tcp'],
    ]
    await using lab = await openNatLab(pairs.flatMap(([left, right]) => [left, right]))
    await startTurnServer(lab.server)
    await startIn(lab.server, ['serve', '--host', SERVER.address]).waitForOutput(/listens/)
    const met = await Promise.all(
      pairs.map(([, , path, transport], index) => {
        const [left, right] = lab.hosts.slice(index * 2, index * 2 + 2)
        if (!left || !right) throw new Error('every pair has two hosts')
        const ice = ['--ice-server', `${TURN}?transport=${transport}`]
        // One side expects what has to come, the other its opposite.
        const opposite = path === 'relay' ? 'direct' : 'relay'
        return meet([left, right], {
          offerer: [...ice, '--expect', `path == ${path}`],
          answerer: [...ice, '--expect', `path == ${opposite}`],
        })
      }),
    )
    const outcomes = met.map(({ codes, pair }, index) => [
      pairs[index]?.slice(0, 2).join(' to '),
      pair?.relayed === true ? 'relay' : 'direct',
      ...codes,
    ])
    expect(outcomes).toEqual(pairs.map(([left, right, path]) => [`${left} to ${right}`, path, 0, 1]))
    expect(met[4]?.pair).toMatchObject({
      local: { type: 'relay', relayProtocol: 'tcp', url: expect.stringContaining('transport=tcp') },
    })
  })

  it(
    'relay over turns: with a private authority, by the name that was given',
    { timeout: 60_000 },
    async () => {
      const { certificate, key, ca } = await issueCertificate(await temporaryDirectory(), [
        `IP:${SERVER.address}`,
      ])
      await using lab = await openNatLab(['udp-blocked', 'symmetric', 'none'])
      const [blocked, symmetric, open] = lab.hosts
      if (!blocked || !symmetric || !open) throw new Error('the lab has three hosts')
      await startTurnServer(lab.server, { tls: { certificate, key, port: 5349 }, secret: 's3cret' })
      await startIn(lab.server, ['serve', '--host', SERVER.address]).waitForOutput(/listens/)
      const url = `turns:${SERVER.address}:5349`
      const ice = ['--ice-server', url, '--ice-transport-policy', 'relay', '--turn-secret', 's3cret']
      const trusting = [...ice, '--ca', ca]
      const [relayed, refused] = await Promise.all([
        meet([blocked, symmetric], {
          offerer: [...trusting, '--verbose', '--stats=200ms'],
          answerer: trusting,
        }),
        meet([open, open], { offerer: ice, answerer: trusting }),
      ])
      expect(relayed.codes).toEqual([0, 0])
      expect(relayed.pair?.local).toMatchObject({
        type: 'relay',
        relayProtocol: 'tls',
        url,
      })
      expect(JSON.stringify(relayed.events)).not.toMatch(/turn:127\.0\.0\.1/)

      expect(refused.codes[0]).toBe(69)
      const error = refused.events.find((event) => event.event === 'error')
      expect(error?.message).toContain(url)
      expect(error?.message).toContain('private authority, "Private Test CA"')
    },
  )
})

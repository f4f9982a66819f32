import { beforeAll, describe, expect, it } from 'vitest'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { issueCertificate } from '../support/certificates.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { startIn, startTurnServer } from '../support/lab-servers.js'
import { parseEvents, type Namespace } from '../support/namespace.js'
import { openNatLab, SERVER, whyNoNatLab, type NatKind } from '../support/nat-lab.js'

/** What the verb promises, from start to end. */
const LIMIT_MS = 6_000

const TURN = `turn:user:password@${SERVER.address}:3478`

interface Report {
  code: number | null
  events: PeerEvent[]
  servers: PeerEventOf<'check-server'>[]
  verdict: PeerEventOf<'check-verdict'>
  durationMs: number
}

async function check(host: Namespace, args: readonly string[]): Promise<Report> {
  const terminal = await startIn(host, ['check', '--json', ...args]).exit
  const events = parseEvents(terminal)
  const verdict = events.find((event) => event.event === 'check-verdict')
  const exit = events.at(-1)
  if (verdict?.event !== 'check-verdict' || exit?.event !== 'exit') throw new Error(terminal.stdout)
  const servers = events.filter((event) => event.event === 'check-server')
  return { code: terminal.code, events, servers, verdict, durationMs: exit.durationMs }
}

const eventOf = <Name extends PeerEvent['event']>({ events }: Report, name: Name) =>
  events.find((event): event is PeerEventOf<Name> => event.event === name)

describe.skipIf(whyNoNatLab() !== undefined || isMissing('turnserver'))('check', () => {
  describe('behind a NAT', () => {
    const KINDS = [
      'none',
      'full-cone',
      'address-restricted',
      'port-restricted',
      'symmetric',
      'udp-blocked',
      'blocked',
    ] as const satisfies readonly NatKind[]
    const reports = new Map<NatKind, Report>()

    // One lab for all: what takes time is waiting for silence.
    beforeAll(async () => {
      await using lab = await openNatLab(KINDS)
      await startTurnServer(lab.server)
      await Promise.all(
        KINDS.map(async (kind, index) => {
          const host = lab.hosts[index]
          if (host) reports.set(kind, await check(host, ['--ice-server', TURN]))
        }),
      )
    }, 60_000)

    const reportOf = (kind: NatKind): Report => {
      const report = reports.get(kind)
      if (report === undefined) throw new Error(`no report behind ${kind}`)
      return report
    }

    it.each([
      ['none', false, 'endpoint-independent', 'endpoint-independent', null],
      ['full-cone', true, 'endpoint-independent', 'endpoint-independent', true],
      ['address-restricted', true, 'endpoint-independent', 'address-dependent', false],
      ['port-restricted', true, 'endpoint-independent', 'address-and-port-dependent', false],
      ['symmetric', true, 'address-and-port-dependent', 'address-and-port-dependent', false],
    ] as const)(
      '%s: names mapping, filtering and hairpinning',
      (kind, translated, mapping, filtering, hairpinning) => {
        expect(eventOf(reportOf(kind), 'check-nat')).toMatchObject({
          translated,
          mapping,
          filtering,
          hairpinning,
          method: 'rfc5780',
        })
      },
    )

    it.each([
      ['none', 'direct', 0],
      ['full-cone', 'direct', 0],
      ['address-restricted', 'direct', 0],
      ['port-restricted', 'direct', 0],
      ['symmetric', 'relay', 0],
      ['udp-blocked', 'relay', 1],
      ['blocked', 'blocked', 1],
    ] as const)('%s: the verdict is %s and the exit code %i', (kind, verdict, code) => {
      const report = reportOf(kind)
      expect([report.verdict.verdict, report.code]).toEqual([verdict, code])
    })

    it('measures the server, the relay and connections through it', () => {
      const report = reportOf('symmetric')
      const [server] = report.servers
      expect(server).toMatchObject({ ok: true, transport: 'udp', address: SERVER.address })
      expect(server?.roundTripTimeMs).toBeGreaterThan(0)
      expect(server?.mapped?.address).toBe('203.0.113.105')
      expect(server?.allocation?.relayed.address).toBe(SERVER.address)
      expect(server?.relay?.bitsPerSecond).toBeGreaterThan(100_000)
      expect(server?.relay?.roundTripTimeMs).toBeGreaterThan(0)
      const connected = report.events.filter((event) => event.event === 'check-connectivity' && event.ok)
      expect(connected).toMatchObject([{ type: 'host' }, { type: 'relay' }])
    })

    it('names blocked UDP as such, and how to give the server then', () => {
      const { verdict, servers } = reportOf('udp-blocked')
      expect(verdict.message).toContain('UDP is blocked here')
      expect(verdict.advice.join()).toContain(`turn:${SERVER.address}:3478?transport=tcp`)
      expect(servers).toMatchObject([
        { ok: false, failure: { code: 'timeout' } },
        { ok: true, transport: 'tcp', extra: true },
      ])
    })

    it('takes less than 6 s', () => {
      const slow = [...reports].filter(([, { durationMs }]) => durationMs >= LIMIT_MS)
      expect(slow.map(([kind]) => kind)).toEqual([])
    })
  })

  describe('with servers that fail', () => {
    it('says which, and why, within 6 s', { timeout: 60_000 }, async () => {
      const certificates = await issueCertificate(await temporaryDirectory(), [
        `IP:${SERVER.address}`,
        'DNS:turn.test',
      ])
      await using lab = await openNatLab(['none'])
      const [host] = lab.hosts
      if (host === undefined) throw new Error('the lab has a host')
      const { certificate, key, ca } = certificates
      await startTurnServer(lab.server, { tls: { certificate, key, port: 5349 } })
      await startTurnServer(lab.server, { port: 3578, secret: 's3cret', addresses: [SERVER.address] })
      await startTurnServer(lab.server, {
        port: 3678,
        addresses: [SERVER.address],
        extra: ['--user-quota=1'],
      })
      await startIn(lab.server, ['serve', '--host', SERVER.address]).waitForOutput(/listens/)
      const at = (rest: string) => `${SERVER.address}:${rest}`
      const given = {
        wrongPassword: `turn:user:wrong@${at('3478')}?transport=tcp`,
        expired: `turn:1000000000%3Auser:AAAA@${at('3578')}?transport=tcp`,
        refusedUdp: `stun:${at('9')}`,
        refusedTcp: `turn:user:password@${at('9')}?transport=tcp`,
        blackholedUdp: `stun:${SERVER.blackhole}:3478`,
        blackholedTcp: `turn:user:password@${SERVER.blackhole}:3478?transport=tcp`,
        unknownName: 'stun:no-such-host.invalid',
        privateAuthority: `turns:user:password@${at('5349')}`,
        notTls: `turns:user:password@${at('8787')}`,
        fromSecret: `turn:${at('3578')}?transport=tcp`,
        quota: `turn:user:password@${at('3678')}?transport=tcp`,
      }
      const all = Object.values(given).flatMap((url) => ['--ice-server', url])
      const [report, trusting] = await Promise.all([
        check(host, [...all, '--turn-secret', 's3cret']),
        check(host, ['--ice-server', given.privateAuthority, '--ca', ca]),
      ])
      const codes = Object.fromEntries(
        Object.keys(given).map((name, index) => [name, report.servers[index]?.failure?.code ?? 'ok']),
      )
      expect(codes).toEqual({
        wrongPassword: '401',
        expired: '401',
        refusedUdp: 'refused',
        refusedTcp: 'refused',
        blackholedUdp: 'timeout',
        blackholedTcp: 'timeout',
        unknownName: 'unknown-host',
        privateAuthority: 'certificate',
        notTls: 'tls',
        fromSecret: 'ok',
        quota: 'ok',
      })
      const byName = (name: keyof typeof given) => report.servers[Object.keys(given).indexOf(name)]
      expect(byName('expired')?.failure?.message).toMatch(/expired at 2001-09-09/)
      expect(byName('wrongPassword')?.failure?.message).toMatch(/user name or the password/)
      expect(byName('privateAuthority')).toMatchObject({
        certificate: { subject: 'turn.test', issuer: 'Private Test CA', trusted: false, nameMatches: true },
        failure: { message: expect.stringContaining('private authority, "Private Test CA"') },
      })
      expect(Date.parse(byName('fromSecret')?.credentialsExpire ?? '')).toBeGreaterThan(Date.now())
      expect(byName('quota')?.relayFailure).toMatchObject({ code: '486' })
      expect([report.code, report.durationMs < LIMIT_MS]).toEqual([1, true])
      expect(JSON.stringify(report.events)).not.toMatch(/:wrong@|s3cret|AAAA/)

      expect(trusting).toMatchObject({
        code: 0,
        servers: [{ ok: true, transport: 'tls', certificate: { trusted: true } }],
      })
      expect(trusting.servers[0]?.relay?.lossRatio).toBe(0)
      expect(trusting.events).toContainEqual(
        expect.objectContaining({ event: 'check-connectivity', type: 'relay', ok: true }),
      )
    })
  })

  it('tells the mapping from two servers with one address each', { timeout: 60_000 }, async () => {
    await using lab = await openNatLab(['port-restricted', 'symmetric'])
    await startTurnServer(lab.server, { addresses: [SERVER.address] })
    await startTurnServer(lab.server, { addresses: [SERVER.otherAddress] })
    const servers = [SERVER.address, SERVER.otherAddress].flatMap((address) => [
      '--ice-server',
      `stun:${address}:3478`,
    ])
    const [cone, symmetric] = await Promise.all(lab.hosts.map((host) => check(host, servers)))
    if (!cone || !symmetric) throw new Error('two hosts were asked')
    const nat = { method: 'two-servers', filtering: null }
    expect(eventOf(cone, 'check-nat')).toMatchObject({ ...nat, mapping: 'endpoint-independent' })
    expect(eventOf(symmetric, 'check-nat')).toMatchObject({ ...nat, mapping: 'dependent' })
    expect([cone.verdict.verdict, cone.code]).toEqual(['direct', 0])
    // Without a TURN server there is no way where one is needed.
    expect([symmetric.verdict.verdict, symmetric.code]).toEqual(['relay', 1])
  })

  it('says what can be told without a server, and how to give one', async () => {
    await using lab = await openNatLab(['none'])
    const [host] = lab.hosts
    if (host === undefined) throw new Error('the lab has a host')
    const report = await check(host, [])
    expect(report).toMatchObject({ code: 0, servers: [], verdict: { verdict: 'unknown' } })
    expect(report.verdict.advice.join()).toContain('--ice-server')
    expect(eventOf(report, 'check-network')?.interfaces).toContainEqual(
      expect.objectContaining({ name: 'eth0', address: '203.0.113.101' }),
    )
    expect(eventOf(report, 'check-connectivity')).toMatchObject({ type: 'host', ok: true })
  })
})

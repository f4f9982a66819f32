import { describe, expect, it } from 'vitest'
import type { RawStats } from '../../src/session/ports.js'
import { ASSOCIATIONS, AssociationTotals } from '../../src/stats/association-totals.js'
import { summariseStats } from '../../src/stats/summary.js'
import { ids, laterReport, report } from './later-report.js'

const OPTIONS = { side: 'local', startedMs: 0 } as const
const bytesSent = Number(report.find(({ id }) => id === ids.transport)?.['bytesSent'])

describe('the further associations of a transfer', () => {
  it('count as long as they are open, and on when they are closed', async () => {
    const totals = new AssociationTotals()
    const [first, second] = [fakeConnection(), fakeConnection()]
    const one = totals.through(first.create)()
    const other = totals.through(second.create)()
    expect(await totals.read()).toMatchObject({ bytesSent: 0, packetsReceived: 0 })
    first.bytesSent = 1_000
    second.bytesSent = 200
    expect(await totals.read()).toMatchObject({ bytesSent: 1_200 })
    first.bytesSent = 1_500
    await one[Symbol.asyncDispose]()
    await one[Symbol.asyncDispose]()
    expect(first.isClosed).toBe(true)
    expect(await totals.read()).toMatchObject({ bytesSent: 1_700 })
    second.isClosed = true // its statistics fail from now on
    expect(await totals.read()).toMatchObject({ bytesSent: 1_700 })
    await other[Symbol.asyncDispose]()
    expect(await totals.read()).toMatchObject({ bytesSent: 1_700 })
  })

  it('cost nothing where nobody reads them', async () => {
    const totals = new AssociationTotals()
    const fake = fakeConnection()
    await totals.through(fake.create)()[Symbol.asyncDispose]()
    expect([fake.isClosed, fake.reads]).toEqual([true, 0])
  })

  it("are in the transport's counts and rates", () => {
    const others = (timestamp: number, sent: number): RawStats => ({
      id: ASSOCIATIONS,
      type: ASSOCIATIONS,
      timestamp,
      bytesSent: sent,
      bytesReceived: 0,
      packetsSent: 0,
      packetsReceived: 0,
    })
    const before = [...report, others(5_000, 10_000)]
    const later = [
      ...laterReport(1_000, { [ids.transport]: { bytesSent: 1_000 } }),
      // By our own clock: it must not be taken for the time of the report.
      others(6_000, 510_000),
    ]
    const { transport, intervalMs } = summariseStats(later, before, OPTIONS)
    expect(intervalMs).toBe(1_000)
    expect(transport).toMatchObject({ bytesSent: bytesSent + 511_000, sendBitrate: 501_000 * 8 })
  })
})

function fakeConnection() {
  const fake = {
    bytesSent: 0,
    isClosed: false,
    reads: 0,
    create: () => ({
      async getStats() {
        fake.reads += 1
        if (fake.isClosed) throw new Error('it is closed')
        return [{ id: 'T', type: 'transport', timestamp: 1, bytesSent: fake.bytesSent }]
      },
      async [Symbol.asyncDispose]() {
        fake.isClosed = true
      },
    }),
  }
  return fake
}

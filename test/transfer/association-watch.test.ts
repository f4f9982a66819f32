import { describe, expect, it } from 'vitest'
import type { AssociationTransport, Piece } from '../../src/transfer/association.js'
import { AssociationWatch } from '../../src/transfer/association-watch.js'
import { PathModel } from '../../src/transfer/path-model.js'

const PIECE: Piece = { file: 0, offset: 0, chunk: new Uint8Array(1) }

/** One that has had a piece on the way since `heardAtMs`. */
function association(heardAtMs: number, transport: AssociationTransport = 'udp') {
  const busy = { transport, deliveredBytes: 0, isBusy: true, heardAtMs }
  return {
    ...busy,
    silentMs(nowMs: number) {
      return nowMs - this.heardAtMs
    },
    overdue: () => [PIECE],
  }
}

/** A short path, or one with a round trip of 50 ms, perhaps with a queue of 150 although every window is as small as can be. */
function pathOf(kind: 'short' | 'long' | 'overfull') {
  const path = new PathModel(() => true)
  if (kind === 'short') path.add(1, 1_000)
  else if (kind === 'long') for (let atMs = 0; atMs <= 1_000; atMs += 40) path.add(50, atMs)
  else for (let atMs = 0; atMs <= 10_000; atMs += 40) path.add(atMs < 1_000 ? 50 : 200, atMs)
  return path
}

describe('AssociationWatch', () => {
  it('has the others repeat what one holds that is silent, and takes it out when it stays so', () => {
    const path = pathOf('short')
    const watch = new AssociationWatch(path)
    const good = association(1_000)
    const silent = association(1_000)
    const look = (nowMs: number) => {
      path.add(1, nowMs)
      good.heardAtMs = nowMs
      good.deliveredBytes += 1
      return watch.look([good, silent], new Set(), nowMs)
    }
    expect(look(2_000)).toEqual([])
    expect(look(2_300)).toEqual([{ association: silent, repeat: [PIECE] }])
    expect(watch.isWell(silent, 2_300)).toBe(false)
    expect(watch.isWell(good, 2_300)).toBe(true)
    expect(look(6_100)).toMatchObject([{ association: silent, retire: { code: 'PEER_LOST' } }])
  })

  it('takes nobody out where all are silent: it is the receiver that takes nothing', () => {
    const path = pathOf('short')
    const watch = new AssociationWatch(path)
    const both = [association(1_000), association(1_000)]
    path.add(1, 60_000)
    expect(watch.look(both, new Set(), 60_000).filter(({ retire }) => retire)).toEqual([])
  })

  it('blames no association where the path itself does not answer', () => {
    const watch = new AssociationWatch(pathOf('short'))
    const good = association(9_000)
    expect(watch.look([good, association(1_000)], new Set(), 9_000)).toEqual([])
  })

  it('takes a quarter of the surplus at a time out of an overfull link, the slowest first, and never the standby', () => {
    const watch = new AssociationWatch(pathOf('overfull'))
    const all = Array.from({ length: 16 }, (_, index) => {
      const one = association(10_000)
      one.deliveredBytes = 1_000 + index
      return one
    })
    const [standby, slowest, next] = all
    if (!standby) throw new Error('no standby')
    const retired = (nowMs: number) =>
      watch
        .look(all, new Set([standby]), nowMs)
        .flatMap(({ association: one, retire }) => (retire ? [one] : []))
    expect(retired(10_000)).toEqual([slowest, next])
    expect(retired(10_900)).toEqual([])
    for (const one of all) one.deliveredBytes += 5
    if (slowest) slowest.deliveredBytes += 100
    expect(retired(11_000)).toEqual([next, all[3]])
  })

  it('takes out those over UDP that are not wanted any more, little by little', () => {
    const watch = new AssociationWatch(pathOf('short'))
    const all = Array.from({ length: 9 }, () => association(1_000))
    const overTcp = association(1_000, 'tcp')
    watch.mostOverUdp = 4
    const retired = watch.look([overTcp, ...all], new Set(all.slice(0, 1)), 1_100)
    expect(retired.map(({ association: one }) => one)).toEqual(all.slice(1, 3))
  })

  it.each([
    ['short', 'tcp', 1],
    ['long', 'udp', 1],
    ['long', 'tcp', 0],
  ] as const)(
    'on a %s path beside one over %s that carries all, %i is taken out',
    (kind, transport, count) => {
      const watch = new AssociationWatch(pathOf(kind))
      const poor = association(1_000)
      const rich = association(1_000, transport)
      const startMs = performance.now()
      const retired = Array.from({ length: 4 }, (_, interval) => {
        rich.deliveredBytes += 10_000
        poor.deliveredBytes += 10
        const nowMs = startMs + 600 * (interval + 1)
        rich.heardAtMs = poor.heardAtMs = nowMs
        return watch.look([poor, rich], new Set(), nowMs)
      })
      expect(retired.flat()).toHaveLength(count)
    },
  )

  it('leaves as many as are asked for, however full the link is', () => {
    const watch = new AssociationWatch(pathOf('overfull'), { fewest: 16 })
    const all = Array.from({ length: 16 }, () => association(10_000))
    expect(watch.look(all, new Set(), 10_000)).toEqual([])
  })
})

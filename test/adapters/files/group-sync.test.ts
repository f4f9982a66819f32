import { describe, expect, it } from 'vitest'
import { GroupSync } from '../../../src/adapters/files/group-sync.js'
import { deferred, type Deferred } from '../../../src/async/deferred.js'

/** A file system whose syncs end when the test says so. */
function slowSync() {
  const syncs: Deferred<void>[] = []
  const group = new GroupSync(() => {
    const sync = deferred()
    syncs.push(sync)
    return sync.promise
  })
  return { group, syncs }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a sync that many share', () => {
  it('is begun once for those who ask while another is under way, and not before it ends', async () => {
    const { group, syncs } = slowSync()
    const first = group.sync({ more: false })
    await turn()
    const others = [1, 2, 3].map(() => group.sync({ more: false }))
    await turn()
    expect(syncs).toHaveLength(1)
    syncs[0]?.resolve()
    await first
    await turn()
    expect(syncs).toHaveLength(2)
    syncs[1]?.resolve()
    await Promise.all(others)
    expect(syncs).toHaveLength(2)
  })

  it('waits for those who are about to ask, and is begun with the last', async () => {
    const { group, syncs } = slowSync()
    const early = group.sync({ more: true })
    await turn()
    expect(syncs).toHaveLength(0)
    const last = group.sync({ more: false })
    await turn()
    syncs[0]?.resolve()
    await Promise.all([early, last])
    expect(syncs).toHaveLength(1)
  })

  it('does not wait for ever for those who do not ask', async () => {
    const { group, syncs } = slowSync()
    const early = group.sync({ more: true })
    await expect.poll(() => syncs.length, { timeout: 8_000 }).toBe(1)
    syncs[0]?.resolve()
    await early
  })

  it('fails for those who share it, and not for the next', async () => {
    const { group, syncs } = slowSync()
    const first = group.sync({ more: false })
    await turn()
    const second = group.sync({ more: false })
    syncs[0]?.reject(new Error('the disk is gone'))
    await expect(first).rejects.toThrow('the disk is gone')
    await turn()
    syncs[1]?.resolve()
    await expect(second).resolves.toBeUndefined()
  })
})

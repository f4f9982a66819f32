import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SyncFileSystem } from '../../src/adapters/files/group-sync.js'
import { partNameOf } from '../../src/adapters/files/part-name.js'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { openTargetTree, type TargetTreeOptions } from '../../src/adapters/files/target-tree.js'
import { PeerError } from '../../src/errors.js'
import { decodeFrame } from '../../src/transfer/frame.js'
import type { ManifestEntry } from '../../src/transfer/manifest.js'
import { receiveTransfer } from '../../src/transfer/receive-transfer.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import { temporaryDirectory } from '../support/files.js'
import { createTransferChannelPair } from '../support/transfer-channels.js'

let directory = ''
const at = (...path: string[]) => join(directory, ...path)

beforeEach(async () => {
  directory = await temporaryDirectory()
  await mkdir(at('tree'))
})

async function writeSmallFiles(count: number): Promise<void> {
  for (let folder = 0; folder < 4; folder++) await mkdir(at(`tree/${folder}/empty`), { recursive: true })
  for (let index = 0; index < count; index++)
    await writeFile(at(`tree/${index % 4}/file-${index}`), randomBytes(index % 1500))
}

/** Transfers the tree; how it ended, and how many frames and messages that took. */
async function transfer(options: TargetTreeOptions = {}) {
  const count = { frames: 0, messages: 0 }
  const { left, right } = createTransferChannelPair({
    alterData: (message, from) => {
      if (from === 'left' && decodeFrame(message).type === 'data') count.frames++
      return [message]
    },
    alterControl: (message, from) => {
      if (from === 'left') count.messages++
      return [message]
    },
  })
  await using source = await openSourceTree([at('tree')])
  const [sent, received] = await Promise.allSettled([
    sendTransfer(left, source, { createHash: createSha256 }),
    receiveTransfer(right, {
      createHash: createSha256,
      target: openTargetTree(at('out/'), options),
      accept: () => Promise.resolve(true),
    }),
  ])
  return { sent, received, count }
}

const difference = () => spawnSync('diff', ['-r', at('tree'), at('out/tree')], { encoding: 'utf8' }).stdout

describe('many small files', () => {
  it('share frames and messages, beside empty and large ones', async () => {
    await writeSmallFiles(1_000)
    await writeFile(at('tree/2/large'), randomBytes(300_000))
    const { sent, received, count } = await transfer()
    expect([sent, received]).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
    expect(difference()).toBe('')
    expect(count.frames).toBeLessThan(30)
    expect(count.messages).toBeLessThan(25)
  })

  it('get their final names only when they are synced, all with a few syncs', async () => {
    await writeSmallFiles(600)
    const synced = new Set<string>()
    const early: string[] = []
    let syncs = 0
    const syncFileSystem: SyncFileSystem = async (root) => {
      syncs++
      const names = (await readdir(root, { recursive: true })).map((path) => basename(path))
      early.push(...names.filter((name) => name.startsWith('file-') && !synced.has(name)))
      for (const name of names)
        if (name.endsWith('.part')) synced.add(name.replace(/^\.(.*)\.\w+\.part$/, '$1'))
    }
    expect((await transfer({ syncFileSystem })).received).toMatchObject({ status: 'fulfilled' })
    expect(early).toEqual([])
    expect(synced.size).toBe(600)
    expect(syncs).toBeLessThan(20)
    expect(difference()).toBe('')
  })

  it('are synced one by one where the file system cannot be', async () => {
    await writeSmallFiles(60)
    const syncFileSystem = () => Promise.reject(new Error('no such program'))
    expect((await transfer({ syncFileSystem })).received).toMatchObject({ status: 'fulfilled' })
    expect(difference()).toBe('')
  })

  it('that an earlier attempt wrote but did not name are taken up', async () => {
    await writeSmallFiles(60)
    const planting: SyncFileSystem = (root) => writeFile(join(root, 'tree/0/file-0'), 'mine')
    const first = await transfer({ syncFileSystem: planting })
    expect(first.received).toMatchObject({ reason: { code: 'OUTPUT_EXISTS' } })
    expect(await readFile(at('out/tree/0/file-0'), 'utf8')).toBe('mine')
    const { received } = await transfer({ onConflict: 'overwrite' })
    expect(received).toMatchObject({
      status: 'fulfilled',
      value: { bytesTransferred: 0, resumedBytes: 1770 },
    })
    expect(difference()).toBe('')
  })

  it.each([
    ['a link', (victim: string, planted: string) => symlink(victim, planted)],
    ['a second name', (victim: string, planted: string) => link(victim, planted)],
  ])('are not written through %s that somebody plants under the temporary name', async (_what, plant) => {
    await writeFile(at('victim'), 'precious')
    const entry: ManifestEntry = { path: 'a', type: 'file', size: 4, mode: 0o644, mtimeMs: 0 }
    const target = openTargetTree(at('out/'))
    await target.prepare([entry])
    await plant(at('victim'), at('out', partNameOf(at('out/a'), entry)))
    const files = [{ entry, content: new TextEncoder().encode('evil') }]
    await expect(target.publishSmall?.(files, { more: false })).rejects.toBeInstanceOf(PeerError)
    expect(await readFile(at('victim'), 'utf8')).toBe('precious')
    expect(await readdir(at('out'))).not.toContain('a')
  })
})

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ConflictPolicy } from '../../src/adapters/files/conflict-policy.js'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { openTargetTree } from '../../src/adapters/files/target-tree.js'
import { receiveTransfer } from '../../src/transfer/receive-transfer.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import { temporaryDirectory } from '../support/files.js'
import { createTransferChannelPair } from '../support/transfer-channels.js'

const GROUP_BYTES = 1024 * 1024

async function transfer(paths: string[], output: string, onConflict: ConflictPolicy) {
  const { left, right } = createTransferChannelPair()
  const kept: string[] = []
  await using source = await openSourceTree(paths)
  const [sent, received] = await Promise.allSettled([
    sendTransfer(left, source, { createHash: createSha256 }),
    receiveTransfer(right, {
      createHash: createSha256,
      target: openTargetTree(output, { onConflict, onKept: (path) => kept.push(path) }),
      accept: () => Promise.resolve(true),
    }),
  ])
  return { sent, received, kept }
}

/** Fails where `diff -r` sees a difference, or the modes or the times are not the same. */
async function expectSame(left: string, right: string): Promise<void> {
  const { stdout, status } = spawnSync('diff', ['-r', left, right], { encoding: 'utf8' })
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
  for (const name of await readdir(left, { recursive: true })) {
    const [before, after] = await Promise.all([stat(join(left, name)), stat(join(right, name))])
    expect([name, after.mode]).toEqual([name, before.mode & ~process.umask()])
    // Node takes times as a floating-point number of seconds.
    expect(Math.abs(after.mtimeMs - before.mtimeMs)).toBeLessThan(2)
  }
}

/** 500 files and what else a tree can have. */
async function writeTree(root: string): Promise<void> {
  const folders = ['', 'a', 'a/b', 'a/b/c', `deep/${'d/'.repeat(20)}`, 'ünïcode ☂', '日本語', "it's [x] {y}?"]
  for (const folder of [...folders, 'empty', 'a/empty']) await mkdir(join(root, folder), { recursive: true })
  for (let index = 0; index < 500; index++) {
    const path = join(root, folders[index % folders.length] ?? '', `file ${index}.txt`)
    await writeFile(path, index % 25 === 0 ? '' : `${index}\n`.repeat(index))
    await utimes(path, 1_500_000_000 + index, 1_500_000_000 + index)
  }
  await writeFile(join(root, 'run.sh'), '#!/bin/sh\n')
  await chmod(join(root, 'run.sh'), 0o755)
  await writeFile(join(root, 'secret'), 'x')
  await chmod(join(root, 'secret'), 0o600)
  const sparse = await open(join(root, 'sparse'), 'w')
  await sparse.write('end', 5_000_000)
  await sparse.close()
  await writeFile(join(root, 'large.bin'), randomBytes(3 * GROUP_BYTES + 17))
  await chmod(join(root, 'a/empty'), 0o700)
  await utimes(join(root, 'a'), 1_400_000_000, 1_400_000_000)
}

describe('a tree of 500 files', () => {
  it('arrives as it is, and sent again costs almost nothing', { timeout: 30_000 }, async () => {
    const directory = await temporaryDirectory()
    const tree = join(directory, 'tree')
    await writeTree(tree)
    const out = join(directory, 'out')
    expect(await transfer([tree], out, 'fail')).toMatchObject({
      sent: { status: 'fulfilled' },
      received: { status: 'fulfilled', value: { resumedBytes: 0 } },
    })
    await expectSame(tree, join(out, 'tree'))
    for (const onConflict of ['fail', 'skip', 'overwrite'] as const) {
      expect(await transfer([tree], out, onConflict)).toMatchObject({
        sent: { status: 'fulfilled', value: { bytesTransferred: 0 } },
        received: { status: 'fulfilled', value: { bytesTransferred: 0 } },
        kept: [],
      })
      await expectSame(tree, join(out, 'tree'))
    }
  })
})

describe('a file whose name is taken', () => {
  let directory = ''
  const source = () => join(directory, 'a')
  const out = () => join(directory, 'out/a')
  const content = randomBytes(4 * GROUP_BYTES + 5)

  beforeEach(async () => {
    directory = await temporaryDirectory()
    await writeFile(source(), content)
    await utimes(source(), 1_500_000_000, 1_500_000_000)
    await mkdir(join(directory, 'out'))
  })

  /** The same but for one bit in the third group, and as old. */
  const writeSimilar = async () => {
    const similar = Buffer.from(content)
    similar[2 * GROUP_BYTES + 9] = ~(similar[2 * GROUP_BYTES + 9] ?? 0)
    await writeFile(out(), similar)
    await utimes(out(), 1_500_000_000, 1_500_000_000)
    return similar
  }

  it('fails with 73 although size and time are the same', async () => {
    const similar = await writeSimilar()
    const { sent, received } = await transfer([source()], join(directory, 'out/'), 'fail')
    expect(received).toMatchObject({ reason: { code: 'OUTPUT_EXISTS', exitCode: 73 } })
    expect(sent).toMatchObject({ reason: { exitCode: 75 } })
    expect((await readFile(out())).equals(similar)).toBe(true)
  })

  it('is kept with skip, which both sides say and the sender does not call a success', async () => {
    const similar = await writeSimilar()
    const { sent, received, kept } = await transfer([source()], join(directory, 'out/'), 'skip')
    expect(received).toMatchObject({ status: 'fulfilled', value: { files: [] } })
    expect(sent).toMatchObject({ reason: { code: 'PEER_DECLINED', exitCode: 75 } })
    expect(kept).toEqual([out()])
    expect((await readFile(out())).equals(similar)).toBe(true)
  })

  it('is replaced with overwrite, and only the group that differs is sent', async () => {
    await writeSimilar()
    const { received } = await transfer([source()], join(directory, 'out/'), 'overwrite')
    expect(received).toMatchObject({ value: { bytesTransferred: GROUP_BYTES } })
    expect((await readFile(out())).equals(content)).toBe(true)
    expect(await readdir(join(directory, 'out'))).toEqual(['a'])
  })

  it.each([
    ['longer', content.byteLength + 3 * GROUP_BYTES, 0],
    ['shorter', GROUP_BYTES + 3, 3 * GROUP_BYTES + 5],
    ['empty', 0, content.byteLength],
  ])('is replaced with overwrite where it was %s', async (_what, bytes, transferred) => {
    await writeFile(out(), content)
    await truncate(out(), bytes)
    const { received } = await transfer([source()], join(directory, 'out/'), 'overwrite')
    expect(received).toMatchObject({ status: 'fulfilled', value: { bytesTransferred: transferred } })
    expect((await readFile(out())).equals(content)).toBe(true)
    expect(await readdir(join(directory, 'out'))).toEqual(['a'])
  })
})

import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree, type SourceTreeOptions } from '../../src/adapters/files/source-tree.js'
import { openTargetTree, type TargetTreeOptions } from '../../src/adapters/files/target-tree.js'
import { openTextSource } from '../../src/adapters/files/text-source.js'
import { openTextTarget } from '../../src/adapters/files/text-target.js'
import type { SourceTree, TargetTree } from '../../src/transfer/ports.js'
import { receiveTransfer } from '../../src/transfer/receive-transfer.js'
import { safeLinkTarget } from '../../src/transfer/safe-link.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import { temporaryDirectory } from '../support/files.js'
import { createTransferChannelPair } from '../support/transfer-channels.js'

let directory = ''
const at = (path: string) => join(directory, path)

/** Creates files with their path as content, directories where it ends in a slash, links where it has an arrow. */
async function create(...paths: string[]): Promise<void> {
  for (const path of paths) {
    const [name = '', target] = path.split(' -> ')
    await mkdir(at(join(name, name.endsWith('/') ? '.' : '..')), { recursive: true })
    if (target !== undefined) await symlink(target, at(name))
    else if (!name.endsWith('/')) await writeFile(at(name), name)
  }
}

/** The names of what would be sent, and why the rest would not. */
async function list(paths: string[], options: SourceTreeOptions = {}) {
  const skipped: string[] = []
  const onSkipped = (path: string, why: string) => skipped.push(`${path.slice(directory.length + 1)}: ${why}`)
  await using source = await openSourceTree(
    paths.map((path) => at(path)),
    { ...options, onSkipped },
  )
  return { names: source.entries.map(({ path }) => path), entries: source.entries, skipped }
}

async function transfer(source: SourceTree, target: TargetTree) {
  const { left, right } = createTransferChannelPair()
  const [sent, received] = await Promise.allSettled([
    sendTransfer(left, source, { createHash: createSha256 }),
    receiveTransfer(right, { createHash: createSha256, target, accept: () => Promise.resolve(true) }),
  ])
  return { sent, received }
}

async function sendTree(path: string, symlinks: 'skip' | 'follow' | 'keep', options: TargetTreeOptions = {}) {
  const skipped: string[] = []
  const onSkipped = (name: string) => skipped.push(name.slice(directory.length + 1))
  await using source = await openSourceTree([at(path)], { symlinks })
  return { ...(await transfer(source, openTargetTree(at('out/'), { ...options, onSkipped }))), skipped }
}

/** As somebody who may not read everything: root is made another user meanwhile. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act()
  process.seteuid?.(65_534)
  try {
    return await act()
  } finally {
    process.seteuid?.(0)
  }
}

beforeEach(async () => {
  directory = await temporaryDirectory()
})

describe('what may not be read', () => {
  it('is said before anybody waits for it, and only if it is sent', async () => {
    await create('tree/mine', 'tree/shown', 'tree/secret')
    await chmod(directory, 0o755)
    await chmod(at('tree/secret'), 0)
    const [refused, others] = await asNobody(() =>
      Promise.allSettled([list(['tree']), list(['tree'], { exclude: ['secret'] })]),
    )
    expect(refused).toMatchObject({
      reason: { code: 'INPUT_UNREADABLE', message: `Cannot read ${at('tree/secret')}: permission denied.` },
    })
    expect(others).toMatchObject({ value: { names: ['tree', 'tree/mine', 'tree/shown'] } })
  })
})

describe('--exclude', () => {
  beforeEach(() =>
    create('t/a.log', 't/keep.log', 't/build/x', 't/src/build/y', 't/src/a.c', 't/cache/', 't/src/cache'),
  )

  it.each([
    [
      'a name anywhere',
      ['*.log'],
      [
        't',
        't/build',
        't/build/x',
        't/cache',
        't/src',
        't/src/a.c',
        't/src/build',
        't/src/build/y',
        't/src/cache',
      ],
    ],
    [
      'a name at the top',
      ['/build', '*.log', '*.c'],
      ['t', 't/cache', 't/src', 't/src/build', 't/src/build/y', 't/src/cache'],
    ],
    [
      'directories only',
      ['cache/', 'build'],
      ['t', 't/a.log', 't/keep.log', 't/src', 't/src/a.c', 't/src/cache'],
    ],
    ['all but one', ['*.log', '!keep.log', 'src', 'build', 'cache'], ['t', 't/keep.log']],
  ])('leaves out %s', async (_what, exclude, names) => {
    expect((await list(['t'], { exclude })).names).toEqual(names)
  })

  it('also leaves out what was named, and says so where nothing is left', async () => {
    expect((await list(['t/a.log', 't/src/a.c'], { exclude: ['*.log'] })).names).toEqual(['a.c'])
    await expect(list(['t/a.log'], { exclude: ['*.log'] })).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe('F16: symbolic links', () => {
  beforeEach(() =>
    create(
      't/file',
      't/d/inner',
      't/to-file -> file',
      't/d/up -> ../file',
      't/to-d -> d',
      't/d/around -> ..',
      't/dangling -> nowhere',
      't/out -> ../secret',
      'secret',
    ),
  )

  it('are left out inside a directory, and followed where they are named', async () => {
    expect(await list(['t'])).toMatchObject({
      names: ['t', 't/d', 't/d/inner', 't/file'],
      skipped: expect.arrayContaining(['t/out: it is a symbolic link']),
    })
    expect((await list(['t/to-d', 't/out'])).names).toEqual(['to-d', 'to-d/inner', 'out'])
  })

  it('are followed with follow, but not around themselves and not out', async () => {
    const { names, entries, skipped } = await list(['t'], { symlinks: 'follow' })
    expect(names).toEqual([
      't',
      't/d',
      't/d/inner',
      't/d/up',
      't/file',
      't/to-d',
      't/to-d/inner',
      't/to-d/up',
      't/to-file',
    ])
    expect(entries.find(({ path }) => path === 't/to-file')).toMatchObject({ type: 'file', size: 6 })
    expect(skipped).toEqual([
      't/d/around: it is a link to a directory around it',
      't/dangling: it is a link that leads nowhere',
      't/out: it is a link that leads out of what is sent',
      't/to-d/around: it is a link to a directory around it',
    ])
  })

  it('stay links with keep on both sides', async () => {
    const { received } = await sendTree('t', 'keep', { symlinks: 'keep' })
    expect(received).toMatchObject({ status: 'fulfilled' })
    expect(await readlink(at('out/t/d/up'))).toBe('../file')
    expect(await readlink(at('out/t/dangling'))).toBe('nowhere')
    expect(await readFile(at('out/t/d/up'), 'utf8')).toBe('t/file')
    expect(await readdir(at('out/t'))).not.toContain('out')
    // Sent again, they are there already.
    expect((await sendTree('t', 'keep', { symlinks: 'keep' })).received).toMatchObject({
      status: 'fulfilled',
    })
  })

  it('are created only where the receiver wants them', async () => {
    const { received, skipped } = await sendTree('t', 'keep')
    expect(received).toMatchObject({ status: 'fulfilled' })
    expect(skipped).toContain('out/t/to-file')
    expect(await readdir(at('out/t'))).toEqual(['d', 'file'])
  })

  it('are replaced only with overwrite, and a file never by a link', async () => {
    await create('out/t/to-file -> elsewhere')
    expect((await sendTree('t', 'keep', { symlinks: 'keep' })).received).toMatchObject({
      reason: { code: 'OUTPUT_EXISTS' },
    })
    await sendTree('t', 'keep', { symlinks: 'keep', onConflict: 'overwrite' })
    expect(await readlink(at('out/t/to-file'))).toBe('file')
    await create('out2/t/to-file')
    await using source = await openSourceTree([at('t')], { symlinks: 'keep' })
    const target = openTargetTree(at('out2/'), { symlinks: 'keep', onConflict: 'overwrite' })
    expect((await transfer(source, target)).received).toMatchObject({ reason: { code: 'OUTPUT_EXISTS' } })
  })

  it.each([
    ['t/l', '/etc/passwd'],
    ['t/l', '..'],
    ['t/l', '../x'],
    ['t/d/l', '../../x'],
    ['t/l', 'd/../../x'],
    ['t/l', 'd/..'],
    ['t/l', ''],
    ['t/l', '.'],
    ['t/l', 'a//b'],
    ['t/l', 'C:\\x'],
    ['t/l', '.ssh/id'],
    ['t/l', 'a\nb'],
    ['l', 'x/../..'],
  ])('%s -> %j is refused', (path, target) => {
    expect(() => safeLinkTarget(path, target)).toThrow(expect.objectContaining({ code: 'UNSAFE_PATH' }))
  })

  it.each([
    ['t/l', 'file'],
    ['t/l', './d/inner'],
    ['t/d/l', '..'],
    ['t/d/l', '../file'],
    ['t/d/e/l', '../../d/inner'],
  ])('%s -> %j is taken', (path, target) => expect(safeLinkTarget(path, target)).toBe(target))
})

describe('what no receiver takes', () => {
  it.each([
    ['a name that breaks the rules', ['t/a:b']],
    ['two names that are one elsewhere', ['t/readme', 't/README']],
  ])('is refused before anything is contacted: %s', async (_what, paths) => {
    await create(...paths)
    await expect(list(['t'])).rejects.toMatchObject({
      code: 'UNSAFE_PATH',
      message: expect.stringContaining('No receiver takes it'),
    })
  })
})

describe('--no-preserve', () => {
  it('gives files the modes and times of new ones', async () => {
    await create('t/script')
    await utimes(at('t/script'), 1, 1)
    await sendTree('t', 'skip', { preserve: false })
    const { mtimeMs, mode } = await stat(at('out/t/script'))
    expect(mtimeMs).toBeGreaterThan(1e12)
    expect(mode & 0o777).toBe(0o666 & ~process.umask())
    // Sent again, it is recognised all the same.
    expect((await sendTree('t', 'skip', { preserve: false })).sent).toMatchObject({
      value: { bytesTransferred: 0 },
    })
  })
})

describe('--text', () => {
  it('is handed over whole where no place was named, and nothing is saved', async () => {
    const texts: string[] = []
    const target = openTextTarget(openTargetTree(at('out/')), (text) => texts.push(text))
    const { received } = await transfer(openTextSource('see you ☂\n'), target)
    expect(received).toMatchObject({ status: 'fulfilled', value: { files: [{ path: null }] } })
    expect(texts).toEqual(['see you ☂\n'])
    expect(await readdir(directory)).toEqual([])
  })

  it('is a file where a place was named', async () => {
    await transfer(openTextSource('see you'), openTargetTree(at('note')))
    expect(await readFile(at('note'), 'utf8')).toBe('see you')
  })

  it('is refused where it is too long', () => {
    expect(() => openTextSource('x'.repeat(65_537))).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })
})

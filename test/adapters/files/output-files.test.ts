import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openLineFile } from '../../../src/adapters/files/line-file.js'
import { openSnapshotFile } from '../../../src/adapters/files/snapshot-file.js'
import type { PeerError } from '../../../src/errors.js'
import { temporaryDirectory } from '../../support/files.js'

describe('a file of lines', () => {
  it('has every line in order once it is finished', async () => {
    const path = join(await temporaryDirectory(), 'lines')
    await writeFile(path, 'what an earlier run left')
    await using file = await openLineFile(path, { option: '--dump' })
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`)
    for (const line of lines) file.append(line)
    await file.finish()
    expect(await readFile(path, 'utf8')).toBe(lines.join(''))
  })

  it('says at once, and at the end again, that the disk is full', async () => {
    const told: PeerError[] = []
    await using file = await openLineFile('/dev/full', {
      option: '--dump',
      onFailure: (error) => told.push(error),
    })
    file.append('a line\n')
    file.append('another\n')
    await expect(file.finish()).rejects.toMatchObject({
      code: 'NO_SPACE',
      exitCode: 74,
      message: 'Cannot write /dev/full (--dump): the disk is full.',
    })
    file.append('one that is too late\n')
    expect(told).toHaveLength(1)
  })

  it('that cannot be created is 73', async () => {
    await expect(openLineFile('/no/such/place', { option: '--dump' })).rejects.toMatchObject({
      exitCode: 73,
      message: 'Cannot create /no/such/place (--dump): there is no directory /no/such.',
    })
  })

  it('gives up where the disk takes nothing for too long', async () => {
    const path = join(await temporaryDirectory(), 'lines')
    await using file = await openLineFile(path, { option: '--trace' })
    for (let megabytes = 0; megabytes < 20; megabytes++) file.append('x'.repeat(1024 * 1024))
    await expect(file.finish()).rejects.toMatchObject({ code: 'IO_ERROR' })
  })
})

describe('a file of snapshots', () => {
  it('has the newest one whole, through a link too, and leaves nothing beside it', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'dump.json')
    await symlink('target.json', path)
    const file = await openSnapshotFile(path, '--dump')
    await file.write(['a much longer ', 'first one'])
    await file.write(['sec', 'ond'])
    expect(await readFile(join(directory, 'target.json'), 'utf8')).toBe('second')
    expect((await readdir(directory)).toSorted()).toEqual(['dump.json', 'target.json'])
  })

  it('is written in place where it is a device, which nothing replaces', async () => {
    const file = await openSnapshotFile('/dev/full', '--dump')
    expect(file.isReplaceable).toBe(false)
    await expect(file.write(['x'])).rejects.toMatchObject({ code: 'NO_SPACE' })
  })
})

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rejectUnwritablePlace } from '../../../src/adapters/files/writable-place.js'
import { temporaryDirectory } from '../../support/files.js'

async function createPlaces() {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'there'))
  await writeFile(join(directory, 'file'), '')
  return directory
}

describe('a place to write to', () => {
  it.each(['there', 'there/', 'there/name', 'file', 'new', 'new/', 'new/deep/er/'])(
    'takes %s, and creates nothing',
    async (output) => {
      const directory = await createPlaces()
      await rejectUnwritablePlace(`${directory}/${output}`)
      expect(await readdir(directory)).toEqual(['file', 'there'])
    },
  )

  it.each([
    ['file/', 'it is not a directory'],
    ['file/name', 'a part of the path is not a directory'],
    ['file/deep/er/', 'a part of the path is not a directory'],
  ])('refuses %s: %s', async (output, why) => {
    const place = `${await createPlaces()}/${output}`
    await expect(rejectUnwritablePlace(place)).rejects.toMatchObject({
      exitCode: 73,
      message: `Cannot write to ${place} (-o): ${why}.`,
    })
  })
})

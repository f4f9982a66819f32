import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../../../src/adapters/files/png.js'
import { readPng } from '../../../src/adapters/files/read-png.js'
import { pictureOfRgb } from '../../../src/media/picture-of-rgb.js'
import { toRgb } from '../../../src/media/rgb-picture.js'
import { isMissing } from '../../support/coturn.js'
import { temporaryDirectory } from '../../support/files.js'

async function placed(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(), 'picture.png')
  await writeFile(path, bytes)
  return path
}

function runFfmpeg(args: readonly string[]): number | null {
  return spawnSync('ffmpeg', ['-v', 'error', ...args]).status
}

/** The header of the picture claims more rows than there are. */
function taller(png: Uint8Array): Uint8Array {
  const copy = Buffer.from(png)
  copy.writeUInt32BE(9, 20)
  return copy
}

const RGB = Uint8Array.from({ length: 5 * 3 * 3 }, (_, at) => (at * 37) % 256)

describe('readPng', () => {
  it('reads what is written here', async () => {
    const path = await placed(await encodePng(RGB, 5, 3))
    expect(await readPng(path)).toEqual({ width: 5, height: 3, data: RGB })
  })

  it.skipIf(isMissing('ffmpeg'))('reads what ffmpeg writes, in every kind of pixel', async () => {
    const directory = await temporaryDirectory()
    const formats = ['rgb24', 'rgba', 'gray', 'ya8', 'pal8']
    const pictures = formats.map((format) => join(directory, `${format}.png`))
    const outputs = formats.flatMap((format, at) => [
      '-frames:v',
      '1',
      '-pix_fmt',
      format,
      pictures[at] ?? '',
    ])
    expect(runFfmpeg(['-f', 'lavfi', '-i', 'testsrc=size=64x48', ...outputs])).toBe(0)
    const toRgb24 = ['-f', 'rawvideo', '-pix_fmt', 'rgb24']
    const decoded = formats.flatMap((format, at) => ['-map', String(at), ...toRgb24, join(directory, format)])
    expect(runFfmpeg([...pictures.flatMap((path) => ['-i', path]), ...decoded])).toBe(0)
    for (const [at, format] of formats.entries()) {
      const expected = await readFile(join(directory, format))
      const { width, height, data } = await readPng(pictures[at] ?? '')
      const same = Buffer.compare(Buffer.from(data), expected) === 0
      expect({ format, width, height, bytes: expected.length, same }).toEqual({
        format,
        width: 64,
        height: 48,
        bytes: 64 * 48 * 3,
        same: true,
      })
    }
  })

  it.each([
    ['something else', async () => new Uint8Array(100), 'it is no PNG'],
    ['what is cut off', async () => (await encodePng(RGB, 5, 3)).subarray(0, 50), 'it is cut off'],
    ['too few pixels', async () => taller(await encodePng(RGB, 5, 3)), 'its pixels'],
  ])('refuses %s', async (_what, make, message) => {
    await expect(readPng(await placed(await make()))).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(readPng(await placed(await make()))).rejects.toThrow(message)
  })
})

describe('pictureOfRgb', () => {
  it('is undone by toRgb, but for what one colour for four pixels loses', () => {
    const rgb = Uint8Array.from({ length: 4 * 4 * 3 }, (_, at) => [200, 100, 50][at % 3] ?? 0)
    const back = toRgb(pictureOfRgb(rgb, 4, 4))
    expect(Math.max(...back.map((value, at) => Math.abs(value - (rgb[at] ?? 0))))).toBeLessThanOrEqual(3)
  })
})

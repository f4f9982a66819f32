import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createDeflate } from '../../src/adapters/files/deflate.js'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { openTargetTree } from '../../src/adapters/files/target-tree.js'
import { Compression, type CompressionMode } from '../../src/transfer/compression.js'
import { encodeDataFrame, MAX_CONTENT_BYTES } from '../../src/transfer/frame.js'
import { receiveTransfer, type ReceiveTransferOptions } from '../../src/transfer/receive-transfer.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import { temporaryDirectory } from '../support/files.js'
import { offerOf, receiveFrom } from '../support/hostile-sender.js'
import { createTransferChannelPair } from '../support/transfer-channels.js'

const UNIT = 64 * 1024
const SECOND = 1000

/** A path of this rate, and a compressor of that one; what becomes of so many chunks of this ratio. */
function compressedOf(
  chunks: number,
  {
    path,
    compressor,
    ratio,
    mode = 'auto',
  }: { path: number; compressor: number; ratio: number; mode?: CompressionMode },
): number {
  let nowMs = 0
  let carried = 0
  let compressed = 0
  let tried = 0
  const policy = new Compression(mode, () => nowMs)
  for (let index = 0; index < chunks; index++) {
    policy.carried(carried)
    let bytes = UNIT
    if (policy.wants(UNIT)) {
      // The first one waits for a processor.
      const tookMs = (UNIT / compressor) * SECOND * (tried++ === 0 ? 100 : 1)
      nowMs += tookMs
      if (policy.accepts(UNIT, UNIT * ratio, tookMs)) {
        compressed++
        bytes = UNIT * ratio
      }
    } else policy.passed(UNIT)
    carried += bytes
    nowMs += (bytes / path) * SECOND
  }
  return compressed
}

describe('compression', () => {
  it.each([
    ['a slow path and text', { path: 1e6, compressor: 100e6, ratio: 0.3 }, 95, 100],
    ['a fast path', { path: 100e6, compressor: 100e6, ratio: 0.3 }, 0, 3],
    ['what is compressed already', { path: 1e6, compressor: 100e6, ratio: 1 }, 0, 0],
    ['a fast path, always', { path: 100e6, compressor: 100e6, ratio: 0.3, mode: 'always' }, 100, 100],
    ['a slow path, never', { path: 1e6, compressor: 100e6, ratio: 0.3, mode: 'never' }, 0, 0],
  ] as const)('with %s', (_what, conditions, least, most) => {
    const compressed = compressedOf(100, conditions)
    expect(compressed).toBeGreaterThanOrEqual(least)
    expect(compressed).toBeLessThanOrEqual(most)
  })

  it.each(['always', 'auto', 'never'] as const)('brings content over as it is: %s', async (compress) => {
    const directory = await temporaryDirectory()
    const content = Buffer.concat([
      Buffer.from('the same line again\n'.repeat(100_000)),
      randomBytes(300_000),
      Buffer.from('and a text'.repeat(50_000)),
    ])
    await writeFile(join(directory, 'a'), content)
    const { left, right } = createTransferChannelPair()
    await using source = await openSourceTree([join(directory, 'a')])
    const [sent] = await Promise.all([
      sendTransfer(left, source, { createHash: createSha256, codec: createDeflate(), compress }),
      receiveTransfer(right, {
        createHash: createSha256,
        codec: createDeflate(),
        target: openTargetTree(join(directory, 'out/')),
        accept: () => Promise.resolve(true),
      }),
    ])
    expect((await readFile(join(directory, 'out/a'))).equals(content)).toBe(true)
    expect(sent).toMatchObject({ bytesTransferred: content.byteLength })
    const { carriedBytes = content.byteLength } = sent
    expect(carriedBytes).toBeLessThanOrEqual(compress === 'always' ? 400_000 : content.byteLength)
  })
})

describe('F13: what a compressed frame may become', () => {
  /** How a receiver ends that gets this frame. */
  const receive = async (frame: Uint8Array, receiver: Partial<ReceiveTransferOptions> = {}) =>
    (await receiveFrom({ messages: offerOf({ size: 10_000_000 }), frames: [frame], receiver })).outcome

  const frameOf = (chunk: Uint8Array, contentBytes: number) =>
    encodeDataFrame({ sequence: 0, file: 0, offset: 0, chunk, encoded: { as: 'deflate', contentBytes } })
  const bomb = deflateRawSync(new Uint8Array(64 * 1024 * 1024))

  it.each([
    ['more than it says', frameOf(bomb, 1000)],
    ['more than one frame may', frameOf(bomb, 64 * 1024 * 1024)],
    ['less than it says', frameOf(deflateRawSync(new Uint8Array(10)), 11)],
    ['nothing', frameOf(deflateRawSync(new Uint8Array(0)), 0)],
    ['no DEFLATE', frameOf(Uint8Array.from([0xff, 0xff, 0xff, 0xff]), 100)],
    ['cut off', frameOf(deflateRawSync(randomBytes(1000)).subarray(0, 500), 1000)],
  ])('is not %s: 76', async (_what, frame) => {
    expect(await receive(frame)).toMatchObject({ code: 'PROTOCOL_VIOLATION', exitCode: 76 })
  })

  it('is nothing where no compression was agreed on', async () => {
    expect(
      await receive(frameOf(deflateRawSync(new Uint8Array(10)), 10), { codec: undefined }),
    ).toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    })
  })

  it('is refused without being unfolded', async () => {
    const before = process.memoryUsage().arrayBuffers
    await expect(createDeflate().decode(bomb, MAX_CONTENT_BYTES)).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MAX_CONTENT_BYTES)
  })
})

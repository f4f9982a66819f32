import { describe, expect, it } from 'vitest'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { Association } from '../../src/transfer/association.js'
import { FileReceiver } from '../../src/transfer/file-receiver.js'
import { encodeAckFrame, MAX_FRAME_SPAN } from '../../src/transfer/frame.js'
import { PathModel } from '../../src/transfer/path-model.js'
import type { FileSink } from '../../src/transfer/ports.js'
import { TransferControl } from '../../src/transfer/transfer-control.js'
import { createMemoryDataChannelPair } from '../support/memory-data-channel.js'

const entry = { path: 'a', type: 'file', size: 10_000_000, mode: 0o644, mtimeMs: 0 } as const
const ONE = new Uint8Array(1)

const nowhere: FileSink = {
  existingBytes: 0,
  write: () => Promise.resolve(),
  read: () => Promise.resolve(0),
  publish: () => Promise.resolve('a'),
  discard: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

async function writeEach(receiver: FileReceiver, offsets: (index: number) => number, count: number) {
  for (let index = 0; index < count; index++) await receiver.write(offsets(index), ONE)
}

describe('F17: what a hostile sender cannot make grow', () => {
  it('is the number of ranges of a file: scattered bytes end the transfer', async () => {
    const receiver = new FileReceiver(entry, nowhere, createSha256)
    const scattering = writeEach(receiver, (index) => 2 * index, 200_000)
    await expect(scattering).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })

  it('is the number of small chunks that wait for one before them', async () => {
    const receiver = new FileReceiver(entry, nowhere, createSha256)
    const before = process.memoryUsage().heapUsed
    await writeEach(receiver, (index) => index + 1, 300_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000)
  })

  it('are the messages that nobody asked for', async () => {
    const { left: hostile, right } = createMemoryDataChannelPair()
    const control = new TransferControl(right)
    const sha256 = Array.from({ length: 500 }, () => '0'.repeat(64))
    const message = JSON.stringify({ type: 'hashes', file: 0, sha256 })
    for (let index = 0; index < 1_100 && !control.signal.aborted; index++) await hostile.send(message)
    expect(control.signal.reason).toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })
})

describe('an association', () => {
  it('has no more frames on the way than the receiver remembers, however small they are', async () => {
    const { left, right } = createMemoryDataChannelPair()
    const events = { onDelivered: () => undefined, onChange: () => undefined }
    const path = new PathModel(() => true)
    await using association = new Association(left, {
      transport: 'tcp',
      grantedBytes: 2 ** 30,
      path,
      events,
    })
    const fill = async (limit: number) => {
      let sent = 0
      for (; sent < limit && association.admits(1); sent++)
        await association.send({ file: 0, offset: sent, chunk: ONE })
      return sent
    }
    expect(await fill(MAX_FRAME_SPAN + 1)).toBe(MAX_FRAME_SPAN)
    // Frames beyond the oldest make no room: it is what the others wait for.
    await right.send(encodeAckFrame(0, 2 ** 30, [1, 2, 3]))
    await expect.poll(() => association.deliveredBytes).toBe(3)
    expect(await fill(9)).toBe(0)
    await right.send(encodeAckFrame(4, 2 ** 30, []))
    await expect.poll(() => association.deliveredBytes).toBe(4)
    expect(await fill(9)).toBe(4)
  })
})

import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { openTargetTree } from '../../src/adapters/files/target-tree.js'
import { encodeAckFrame, encodeDataFrame } from '../../src/transfer/frame.js'
import { receiveTransfer } from '../../src/transfer/receive-transfer.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import type { TransferMessage } from '../../src/transfer/transfer-message.js'
import { temporaryDirectory } from '../support/files.js'
import { createTransferChannelPair } from '../support/transfer-channels.js'

const entry = { path: 'a.bin', type: 'file', size: 4, mode: 0o644, mtimeMs: 0 } as const
const offer: TransferMessage[] = [
  { type: 'entries', entries: [entry] },
  { type: 'offer', version: 1, count: 1, bytes: 4 },
]
const frame = (sequence: number, offset: number, bytes: number, file = 0) =>
  encodeDataFrame({ sequence, file, offset, chunk: new Uint8Array(bytes) })

/** A sender that says exactly this to a real receiver; how the receiver ends, and what it left. */
async function receiveFrom(
  messages: readonly (TransferMessage | string)[],
  frames: readonly Uint8Array[] = [],
) {
  const directory = await temporaryDirectory()
  const { left, right } = createTransferChannelPair()
  const receiving = receiveTransfer(right, {
    createHash: createSha256,
    target: openTargetTree(`${directory}/`),
    accept: () => Promise.resolve(true),
  })
  const outcome = receiving.then(
    () => 'received',
    (error: unknown) => error,
  )
  for (const message of messages)
    await left.control.send(typeof message === 'string' ? message : JSON.stringify(message))
  for (const bytes of frames) await left.data.send(bytes)
  return { outcome: await outcome, files: await readdir(directory) }
}

describe('a receiver under a hostile sender', () => {
  it.each<[string, (TransferMessage | string)[], Uint8Array[], string]>([
    ['no JSON', ['{'], [], 'PROTOCOL_VIOLATION'],
    ['a message of no type', ['{}'], [], 'PROTOCOL_VIOLATION'],
    [
      'a size that is no number',
      ['{"type":"entries","entries":[{"path":"a","type":"file","size":"4","mode":0,"mtimeMs":0}]}'],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'a negative size',
      ['{"type":"entries","entries":[{"path":"a","type":"file","size":-1,"mode":0,"mtimeMs":0}]}'],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'a size beyond counting',
      ['{"type":"entries","entries":[{"path":"a","type":"file","size":1e300,"mode":0,"mtimeMs":0}]}'],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'a setuid mode',
      ['{"type":"entries","entries":[{"path":"a","type":"file","size":1,"mode":2541,"mtimeMs":0}]}'],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'another count than it listed',
      [
        { type: 'entries', entries: [entry] },
        { type: 'offer', version: 1, count: 2, bytes: 4 },
      ],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'another sum than it listed',
      [
        { type: 'entries', entries: [entry] },
        { type: 'offer', version: 1, count: 1, bytes: 5 },
      ],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'nothing at all to offer',
      [{ type: 'offer', version: 1, count: 0, bytes: 0 }],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'a path that leads out',
      [{ type: 'entries', entries: [{ ...entry, path: '../a' }] }],
      [],
      'UNSAFE_PATH',
    ],
    ['more bytes than announced', offer, [frame(0, 0, 5)], 'DATA_MISMATCH'],
    ['bytes past the end', offer, [frame(0, 3, 2)], 'DATA_MISMATCH'],
    ['overlapping parts', offer, [frame(0, 0, 3), frame(1, 2, 2)], 'PROTOCOL_VIOLATION'],
    ['a file that was not listed', offer, [frame(0, 0, 4, 7)], 'PROTOCOL_VIOLATION'],
    ['a frame repeated', offer, [frame(0, 0, 2), frame(0, 2, 2)], 'PROTOCOL_VIOLATION'],
    ['an ACK where data belongs', offer, [encodeAckFrame(0, 0, [])], 'PROTOCOL_VIOLATION'],
    [
      'a match of what nobody has',
      [...offer, { type: 'matched', file: 0, start: 0, end: 4 }],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'the hash of one file twice',
      [
        { type: 'entries', entries: [entry, { ...entry, path: 'b.bin' }] },
        { type: 'offer', version: 1, count: 2, bytes: 8 },
        { type: 'hash', file: 0, sha256: '0'.repeat(64) },
        { type: 'hash', file: 0, sha256: '0'.repeat(64) },
      ],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'the hash of other bytes',
      [...offer, { type: 'hash', file: 0, sha256: '0'.repeat(64) }],
      [frame(0, 0, 4)],
      'DATA_MISMATCH',
    ],
  ])('that sends %s ends and publishes nothing', async (_what, messages, frames, code) => {
    const { outcome, files } = await receiveFrom(messages, frames)
    expect(outcome).toMatchObject({ code })
    expect(files.filter((name) => !name.endsWith('.part'))).toEqual([])
  })
})

describe('a sender under a hostile receiver', () => {
  it.each<[string, (data: { send(bytes: Uint8Array): Promise<void> }) => Promise<void>]>([
    ['acknowledges the future', (data) => data.send(encodeAckFrame(99, 65_536, []))],
    ['sends data', (data) => data.send(frame(0, 0, 4))],
    ['sends no frame', (data) => data.send(new Uint8Array(3))],
  ])('that %s ends', async (_what, misbehave) => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), randomBytes(100_000))
    const { left, right } = createTransferChannelPair()
    await using source = await openSourceTree([join(directory, 'a')])
    const sending = sendTransfer(left, source, {
      createHash: createSha256,
    })
    sending.catch(() => undefined)
    await right.control.send(JSON.stringify({ type: 'accept', windowBytes: 65_536, associations: 1 }))
    await misbehave(right.data)
    await expect(sending).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })

  it.each([
    ['of a file that was not offered', { file: 7, first: 0 }],
    ['beyond the end of a file', { file: 0, first: 1 }],
  ])('that claims parts %s ends', async (_what, claim) => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), randomBytes(100_000))
    const { left, right } = createTransferChannelPair()
    await using source = await openSourceTree([join(directory, 'a')])
    const sending = sendTransfer(left, source, { createHash: createSha256 })
    sending.catch(() => undefined)
    await right.control.send(JSON.stringify({ type: 'have', ...claim, digests: 'x'.repeat(24) }))
    await expect(sending).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })

  it('that says "verified" before the end is not believed', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), randomBytes(100_000))
    const { left, right } = createTransferChannelPair()
    await using source = await openSourceTree([join(directory, 'a')])
    const interrupted = new AbortController()
    const sending = sendTransfer(left, source, {
      createHash: createSha256,
      signal: interrupted.signal,
    })
    await right.control.send(JSON.stringify({ type: 'verified', files: 1 }))
    await expect(sending).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })
})

import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { encodeAckFrame } from '../../src/transfer/frame.js'
import type { TransferChannels } from '../../src/transfer/transfer-channels.js'
import type { TransferMessage } from '../../src/transfer/transfer-message.js'
import { temporaryDirectory } from '../support/files.js'
import { sendTo } from '../support/hostile-receiver.js'
import { offerOf, receiveFrom, zeros } from '../support/hostile-sender.js'

const entry = { path: 'a.bin', type: 'file', size: 4, mode: 0o644, mtimeMs: 0 } as const
const offer = offerOf(entry)
const two = offerOf(entry, { ...entry, path: 'b.bin' })
const frame = (sequence: number, offset: number, bytes: number, file = 0) =>
  zeros(bytes, { sequence, offset, file })

describe('F9, F10: a receiver under a hostile sender', () => {
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
    ['bytes past the end of the last', two, [frame(0, 0, 9)], 'DATA_MISMATCH'],
    ['parts that overlap in the next file', two, [frame(0, 0, 7), frame(1, 2, 2, 1)], 'PROTOCOL_VIOLATION'],
    [
      'more hashes than files',
      [...two, { type: 'hashes', file: 0, sha256: Array.from({ length: 3 }, () => '0'.repeat(64)) }],
      [],
      'PROTOCOL_VIOLATION',
    ],
    ['a file that was not listed', offer, [frame(0, 0, 4, 7)], 'PROTOCOL_VIOLATION'],
    ['a frame repeated', offer, [frame(0, 0, 2), frame(0, 2, 2)], 'PROTOCOL_VIOLATION'],
    ['a frame from far ahead', offer, [frame(4096, 0, 2)], 'PROTOCOL_VIOLATION'],
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
        ...two,
        { type: 'hashes', file: 0, sha256: ['0'.repeat(64)] },
        { type: 'hashes', file: 0, sha256: ['0'.repeat(64)] },
      ],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'the hash of other bytes',
      [...offer, { type: 'hashes', file: 0, sha256: ['0'.repeat(64)] }],
      [frame(0, 0, 4)],
      'DATA_MISMATCH',
    ],
  ])('that sends %s ends and publishes nothing', async (_what, messages, frames, code) => {
    const { outcome, files } = await receiveFrom({ messages, frames })
    expect(outcome).toMatchObject({ code })
    expect(files.filter((name) => !name.endsWith('.part'))).toEqual([])
  })
})

describe('F9: a sender under a hostile receiver', () => {
  const accept = JSON.stringify({ type: 'accept', windowBytes: 65_536, associations: 1 })
  const claim = (file: number, first: number) =>
    JSON.stringify({ type: 'have', file, first, digests: 'x'.repeat(24) })

  it.each<[string, (channels: TransferChannels) => Promise<void>]>([
    ['acknowledges the future', ({ data }) => data.send(encodeAckFrame(99, 65_536, []))],
    ['sends data', ({ data }) => data.send(frame(0, 0, 4))],
    ['sends no frame', ({ data }) => data.send(new Uint8Array(3))],
    [
      'grants credit without end',
      async ({ control }) => {
        for (let limit = 0; limit < 5_000; limit++)
          await control.send(JSON.stringify({ type: 'credit', file: 0, limit: -limit }))
      },
    ],
    ['claims parts of a file that was not offered', ({ control }) => control.send(claim(7, 0))],
    ['claims parts beyond the end of a file', ({ control }) => control.send(claim(0, 1))],
    ['skips a file that was not offered', ({ control }) => control.send('{"type":"skip","files":[1]}')],
    [
      'says "verified" before the end',
      ({ control }) => control.send('{"type":"verified","files":1,"kept":0}'),
    ],
  ])('that %s ends', async (what, misbehave) => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), randomBytes(100_000))
    await using source = await openSourceTree([join(directory, 'a')])
    const outcome = await sendTo(source, async (channels) => {
      if (!/claims|skips|verified/.test(what)) await channels.control.send(accept)
      await misbehave(channels)
    })
    expect(outcome).toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })
})

import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { openStdinSource } from '../../src/adapters/files/stdin-source.js'
import { openStdoutTarget } from '../../src/adapters/files/stdout-target.js'
import { openTargetTree } from '../../src/adapters/files/target-tree.js'
import { deferred } from '../../src/async/deferred.js'
import { PeerError } from '../../src/errors.js'
import { runPipe } from '../../src/pipe/pipe.js'
import type { SourceTree, TargetTree } from '../../src/transfer/ports.js'
import { receiveTransfer } from '../../src/transfer/receive-transfer.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import { STREAM_WINDOW_BYTES } from '../../src/transfer/stream-receiver.js'
import type { TransferMessage } from '../../src/transfer/transfer-message.js'
import { temporaryDirectory } from '../support/files.js'
import { offerOf, receiveFrom, zeros } from '../support/hostile-sender.js'
import { createTransferChannelPair } from '../support/transfer-channels.js'

const accept = () => Promise.resolve(true)

async function transfer(source: SourceTree, target: TargetTree, signal?: AbortSignal) {
  const { left, right } = createTransferChannelPair()
  const [sent, received] = await Promise.allSettled([
    sendTransfer(left, source, { createHash: createSha256, signal }),
    receiveTransfer(right, { createHash: createSha256, target, accept }),
  ])
  return { sent, received }
}

/** Reads a stream to its end. */
async function contentOf(stream: PassThrough): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const streamOf = (...chunks: Uint8Array[]) =>
  openStdinSource(Readable.from(chunks, { objectMode: false }), 'stdin')

describe('a stream', () => {
  it.each([
    ['nothing', 0],
    ['one byte', 1],
    ['three windows and a bit', 3 * STREAM_WINDOW_BYTES + 4711],
  ])('of %s arrives on standard output as it is', async (_what, bytes) => {
    const content = randomBytes(bytes)
    const output = new PassThrough()
    const arrived = contentOf(output)
    const { sent, received } = await transfer(streamOf(content), openStdoutTarget(output))
    output.end()
    expect((await arrived).equals(content)).toBe(true)
    expect([sent, received]).toMatchObject([
      { status: 'fulfilled', value: { bytes, bytesTransferred: bytes, files: [{ name: 'stdin', bytes }] } },
      { status: 'fulfilled', value: { bytes, files: [{ path: null }] } },
    ])
  })

  it('is saved under its name, and only once it is verified', async () => {
    const directory = await temporaryDirectory()
    const input = new PassThrough()
    const transferring = transfer(openStdinSource(input, 'dump.sql'), openTargetTree(`${directory}/`))
    input.write('first half, ')
    await expect.poll(() => readdir(directory)).toEqual([expect.stringMatching(/^\.dump\.sql\..*\.part$/)])
    input.end('second half')
    expect(await transferring).toMatchObject({ received: { status: 'fulfilled' } })
    expect(await readdir(directory)).toEqual(['dump.sql'])
    expect(await readFile(join(directory, 'dump.sql'), 'utf8')).toBe('first half, second half')
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const directory = await temporaryDirectory()
    const interrupted = new AbortController()
    const input = new PassThrough()
    input.write(randomBytes(100_000))
    const transferring = transfer(
      openStdinSource(input, 'stdin'),
      openTargetTree(`${directory}/`),
      interrupted.signal,
    )
    await expect.poll(() => readdir(directory)).toHaveLength(1)
    interrupted.abort(new PeerError('INTERRUPTED', 'Ctrl-C'))
    expect(await transferring).toMatchObject({
      sent: { reason: { code: 'INTERRUPTED' } },
      received: { reason: { code: 'PEER_CANCELLED' } },
    })
    expect(await readdir(directory)).toEqual([])
  })

  it('is read no faster than the other side takes it', async () => {
    const taken = deferred()
    let readBytes = 0
    const source = {
      ...streamOf(),
      stream: {
        async *chunks() {
          for (; readBytes < 4 * STREAM_WINDOW_BYTES; readBytes += 65_536) yield new Uint8Array(65_536)
        },
      },
    }
    const slow = {
      ...openStdoutTarget(new PassThrough()),
      openFile: async () => ({
        existingBytes: 0,
        write: () => taken.promise,
        read: async () => 0,
        publish: async () => null,
        discard: async () => undefined,
        [Symbol.asyncDispose]: async () => undefined,
      }),
    }
    const transferring = transfer(source, slow)
    await expect.poll(() => readBytes).toBe(STREAM_WINDOW_BYTES)
    taken.resolve()
    expect(await transferring).toMatchObject({ received: { status: 'fulfilled' } })
    expect(readBytes).toBe(4 * STREAM_WINDOW_BYTES)
  })

  it('ends on both sides when the reader of standard output goes away', async () => {
    const output = new PassThrough()
    output.once('data', () => output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })))
    output.on('error', () => undefined)
    const { sent, received } = await transfer(streamOf(randomBytes(20_000_000)), openStdoutTarget(output))
    expect(received).toMatchObject({ reason: { exitCode: 141 } })
    expect(sent).toMatchObject({
      reason: {
        code: 'PEER_CANCELLED',
        message: 'The peer ended the transfer: whatever read its output is gone.',
      },
    })
  })

  it('is refused beyond --max-size', async () => {
    const { left, right } = createTransferChannelPair()
    const sending = sendTransfer(left, streamOf(randomBytes(100_000)), { createHash: createSha256 })
    sending.catch(() => undefined)
    const limits = { maxFiles: 1, maxBytes: 99_999 }
    const output = new PassThrough().resume()
    const receiving = receiveTransfer(right, {
      createHash: createSha256,
      target: openStdoutTarget(output),
      accept,
      limits,
    })
    await expect(receiving).rejects.toMatchObject({ code: 'TOO_LARGE' })
    await expect(sending).rejects.toMatchObject({ code: 'PEER_CANCELLED' })
  })
})

describe('standard output', () => {
  it('takes one file that was sent as a file', async () => {
    const directory = await temporaryDirectory()
    const content = randomBytes(2 * STREAM_WINDOW_BYTES + 1)
    await writeFile(join(directory, 'a'), content)
    const output = new PassThrough()
    const arrived = contentOf(output)
    await using source = await openSourceTree([join(directory, 'a')])
    const { received } = await transfer(source, openStdoutTarget(output))
    output.end()
    expect(received).toMatchObject({ status: 'fulfilled' })
    expect((await arrived).equals(content)).toBe(true)
  })

  it('takes no directory and not several files', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), 'a')
    await using source = await openSourceTree([directory])
    const { received } = await transfer(source, openStdoutTarget(new PassThrough()))
    expect(received).toMatchObject({ reason: { code: 'OUTPUT_UNWRITABLE', exitCode: 73 } })
  })
})

describe('a receiver of a stream under a hostile sender', () => {
  const entry = { path: 'stdin', type: 'stream', size: 0, mode: 0o666, mtimeMs: 0 } as const
  const offer = offerOf(entry)
  const hash = (bytes: number, sha256 = '0'.repeat(64)): TransferMessage => ({
    type: 'hashes',
    file: 0,
    sha256: [sha256],
    bytes,
  })
  const frame = (sequence: number, offset: number, bytes: number) => zeros(bytes, { sequence, offset })

  it.each<[string, TransferMessage[], Uint8Array[], string]>([
    ['another hash than that of its bytes', [...offer, hash(3)], [frame(0, 0, 3)], 'DATA_MISMATCH'],
    ['bytes past its end', [...offer, hash(2)], [frame(0, 0, 3)], 'DATA_MISMATCH'],
    ['more than it was granted', offer, [frame(0, STREAM_WINDOW_BYTES, 1)], 'PROTOCOL_VIOLATION'],
    ['parts that overlap', offer, [frame(0, 5, 10), frame(1, 0, 10)], 'PROTOCOL_VIOLATION'],
    [
      'a match of what nobody has',
      [...offer, { type: 'matched', file: 0, start: 0, end: 1 }],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'a stream with a size',
      [{ type: 'entries', entries: [{ ...entry, size: 1 }] }],
      [],
      'PROTOCOL_VIOLATION',
    ],
    [
      'a stream that leads out',
      [{ type: 'entries', entries: [{ ...entry, path: '../x' }] }],
      [],
      'UNSAFE_PATH',
    ],
    [
      'a stream beside a file',
      [{ type: 'entries', entries: [{ ...entry, path: 'a', type: 'file' }, entry] }],
      [],
      'PROTOCOL_VIOLATION',
    ],
  ])('that sends %s ends and publishes nothing', async (_what, messages, frames, code) => {
    const { outcome, files } = await receiveFrom({ messages, frames })
    expect(outcome).toMatchObject({ code })
    expect(files).toEqual([])
  })
})

describe('a pipe', () => {
  function openPipe() {
    const there = createTransferChannelPair()
    const back = createTransferChannelPair()
    const leftChannels = { fromInitiator: there.left, toInitiator: back.left }
    const rightChannels = { fromInitiator: there.right, toInitiator: back.right }
    const inputs = { left: new PassThrough(), right: new PassThrough() }
    const outputs = { left: new PassThrough(), right: new PassThrough() }
    const run = (side: 'left' | 'right', channels: typeof leftChannels) =>
      runPipe(channels, openStdinSource(inputs[side], 'stdin'), openStdoutTarget(outputs[side]), {
        initiator: side === 'left',
        createHash: createSha256,
      })
    const ended = Promise.allSettled([run('left', leftChannels), run('right', rightChannels)])
    return { inputs, outputs, ended }
  }

  it('goes on in one direction when the other has ended', async () => {
    const { inputs, outputs, ended } = openPipe()
    const arrived = { left: contentOf(outputs.left), right: contentOf(outputs.right) }
    inputs.left.end('a question')
    outputs.right.once('data', () => inputs.right.end('an answer'))
    expect(await ended).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
    for (const output of Object.values(outputs)) output.end()
    expect([String(await arrived.right), String(await arrived.left)]).toEqual(['a question', 'an answer'])
  })

  it('ends in both directions, on both sides, when one reader goes away', async () => {
    const { inputs, outputs, ended } = openPipe()
    outputs.left.resume()
    outputs.right.on('error', () => undefined)
    outputs.right.once('data', () =>
      outputs.right.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    )
    const writing = setInterval(() => inputs.left.write('more'), 1)
    const [left, right] = await ended.finally(() => clearInterval(writing))
    expect(right).toMatchObject({ reason: { code: 'CLOSED_PIPE' } })
    expect(left).toMatchObject({ reason: { code: 'PEER_CANCELLED' } })
  })
})

import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileSinkIn } from '../../src/adapters/files/file-sink.js'
import { openFileSource } from '../../src/adapters/files/file-source.js'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { PeerError } from '../../src/errors.js'
import type { PeerEvent } from '../../src/events.js'
import { receiveFile } from '../../src/transfer/receive-file.js'
import { sendFile } from '../../src/transfer/send-file.js'
import { createTransferChannels, type TransferChannels } from '../../src/transfer/transfer-channels.js'
import { openSessionPair, type SessionPair } from '../support/session-pair.js'

interface TransferPair extends AsyncDisposable {
  pair: SessionPair
  sender: TransferChannels
  receiver: TransferChannels
}

async function openTransferPair(): Promise<TransferPair> {
  const channels: Partial<Record<'offerer' | 'answerer', TransferChannels>> = {}
  const pair = await openSessionPair({
    setUp: (connection, side) => {
      channels[side] = createTransferChannels(connection)
    },
  })
  const { offerer: sender, answerer: receiver } = channels
  if (!sender || !receiver) throw new Error('channels were not set up')
  return { pair, sender, receiver, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() }
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-test-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const yes = () => Promise.resolve(true)

describe('a file transfer between two real peers', () => {
  it.each([
    ['an empty file', 0],
    ['one byte', 1],
    ['an exact multiple of the chunk', 16 * 1024 * 7],
    ['one byte more than a block', 1024 * 1024 + 1],
    ['64 MiB', 64 * 1024 * 1024],
  ])('brings %s over with equal hashes', async (_what, bytes) => {
    const directory = await temporaryDirectory()
    const content = randomBytes(bytes)
    await writeFile(join(directory, 'source.bin'), content)
    await using source = await openFileSource(join(directory, 'source.bin'))
    await using transfer = await openTransferPair()
    const [sent, received] = await Promise.all([
      sendFile(transfer.sender, source, { createHash: createSha256 }),
      receiveFile(transfer.receiver, {
        createHash: createSha256,
        openSink: fileSinkIn(join(directory, 'out/')),
        accept: yes,
      }),
    ])
    expect(sent.files[0]?.sha256).toBe(received.files[0]?.sha256)
    expect((await readFile(join(directory, 'out/source.bin'))).equals(content)).toBe(true)
    expect(await readdir(join(directory, 'out'))).toEqual(['source.bin'])
  })

  it('leaves an existing file alone and tells the sender', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), 'new')
    await writeFile(join(directory, 'b'), 'old')
    await using source = await openFileSource(join(directory, 'a'))
    await using transfer = await openTransferPair()
    const [sent, received] = await Promise.allSettled([
      sendFile(transfer.sender, source, { createHash: createSha256 }),
      receiveFile(transfer.receiver, {
        createHash: createSha256,
        openSink: fileSinkIn(join(directory, 'b')),
        accept: yes,
      }),
    ])
    expect(received).toMatchObject({ reason: { code: 'OUTPUT_EXISTS' } })
    expect(sent).toMatchObject({ reason: { code: 'PEER_CANCELLED' } })
    expect(await readFile(join(directory, 'b'), 'utf8')).toBe('old')
  })

  it('tells the sender that the receiver declined, and creates nothing', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), 'content')
    await using source = await openFileSource(join(directory, 'a'))
    await using transfer = await openTransferPair()
    const [sent] = await Promise.allSettled([
      sendFile(transfer.sender, source, { createHash: createSha256 }),
      receiveFile(transfer.receiver, {
        createHash: createSha256,
        openSink: fileSinkIn(join(directory, 'out/')),
        accept: () => Promise.resolve(false),
      }),
    ])
    expect(sent).toMatchObject({ reason: { code: 'PEER_DECLINED' } })
    expect(await readdir(directory)).toEqual(['a'])
  })

  it('removes the partial file when the sender is interrupted half way', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), randomBytes(8 * 1024 * 1024))
    await using source = await openFileSource(join(directory, 'a'))
    await using transfer = await openTransferPair()
    const interrupted = new AbortController()
    const events: PeerEvent[] = []
    const [sent, received] = await Promise.allSettled([
      sendFile(transfer.sender, source, { createHash: createSha256, signal: interrupted.signal }),
      receiveFile(transfer.receiver, {
        createHash: createSha256,
        accept: yes,
        openSink: async (file) => {
          const sink = await fileSinkIn(join(directory, 'out/'))(file)
          let writtenBytes = 0
          return {
            write: async (chunk) => {
              writtenBytes += chunk.byteLength
              if (writtenBytes > file.size / 2) interrupted.abort(new PeerError('INTERRUPTED', 'Ctrl-C'))
              await sink.write(chunk)
            },
            publish: () => sink.publish(),
            [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
          }
        },
        onEvent: (event) => events.push(event),
      }),
    ])
    expect(sent).toMatchObject({ reason: { code: 'INTERRUPTED' } })
    expect(received).toMatchObject({
      reason: { code: 'PEER_CANCELLED', message: 'The peer cancelled the transfer.' },
    })
    expect(events.at(-1)).toMatchObject({ event: 'transfer-failed' })
    expect(await readdir(join(directory, 'out'))).toEqual([])
  })

  it('fails on both sides with 65 when the file shrinks while it is sent', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'a')
    await writeFile(path, randomBytes(4 * 1024 * 1024))
    await using source = await openFileSource(path)
    await using transfer = await openTransferPair()
    await truncate(path, 1000)
    const [sent, received] = await Promise.allSettled([
      sendFile(transfer.sender, source, { createHash: createSha256 }),
      receiveFile(transfer.receiver, {
        createHash: createSha256,
        openSink: fileSinkIn(join(directory, 'out/')),
        accept: yes,
      }),
    ])
    expect(sent).toMatchObject({ reason: { code: 'SOURCE_CHANGED', exitCode: 65 } })
    expect(received).toMatchObject({ reason: { code: 'SOURCE_CHANGED', exitCode: 65 } })
  })

  it('keeps memory flat while the receiver is slow', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'a')
    await writeFile(path, '')
    await truncate(path, 64 * 1024 * 1024)
    await using source = await openFileSource(path)
    await using transfer = await openTransferPair()
    const rssBefore = process.memoryUsage().rss
    let rssPeak = 0
    await Promise.all([
      sendFile(transfer.sender, source, { createHash: createSha256 }),
      receiveFile(transfer.receiver, {
        createHash: createSha256,
        accept: yes,
        openSink: async () => ({
          write: () => {
            rssPeak = Math.max(rssPeak, process.memoryUsage().rss)
            return new Promise((resolve) => setImmediate(resolve))
          },
          publish: async () => 'nowhere',
          [Symbol.asyncDispose]: async () => undefined,
        }),
      }),
    ])
    expect((rssPeak - rssBefore) / 1e6).toBeLessThan(100)
    expect((await stat(path)).size).toBe(64 * 1024 * 1024)
  })
})

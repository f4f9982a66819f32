import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { openTargetTree } from '../../src/adapters/files/target-tree.js'
import { PeerError } from '../../src/errors.js'
import type { PeerEvent } from '../../src/events.js'
import type { TargetTree } from '../../src/transfer/ports.js'
import { receiveTransfer, type ReceiveTransferOptions } from '../../src/transfer/receive-transfer.js'
import { sendTransfer, type SendTransferOptions } from '../../src/transfer/send-transfer.js'
import { createTransferChannels, type TransferChannels } from '../../src/transfer/transfer-channels.js'
import { temporaryDirectory } from '../support/files.js'
import { LOOPBACK_CONNECTION, openSessionPair, type SessionPair } from '../support/session-pair.js'

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

const yes = () => Promise.resolve(true)

/** Sends the paths over a real pair; what either side ends with. */
async function transfer(
  paths: string[],
  target: TargetTree,
  options: { send?: Partial<SendTransferOptions>; receive?: Partial<ReceiveTransferOptions> } = {},
) {
  await using source = await openSourceTree(paths)
  await using pair = await openTransferPair()
  const [sent, received] = await Promise.allSettled([
    sendTransfer(pair.sender, source, { createHash: createSha256, ...options.send }),
    receiveTransfer(pair.receiver, { createHash: createSha256, target, accept: yes, ...options.receive }),
  ])
  return { sent, received }
}

/** A target whose writes go through `onWrite` first. */
function watchedTarget(output: string, onWrite: (bytes: number) => void): TargetTree {
  const target = openTargetTree(output)
  return {
    prepare: (entries) => target.prepare(entries),
    finish: (entries) => target.finish(entries),
    openFile: async (entry) => {
      const sink = await target.openFile(entry)
      return {
        existingBytes: sink.existingBytes,
        write: (chunk, offset) => {
          onWrite(chunk.byteLength)
          return sink.write(chunk, offset)
        },
        read: (into, offset) => sink.read(into, offset),
        publish: () => sink.publish(),
        discard: () => sink.discard(),
        [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
      }
    },
  }
}

describe('a transfer between two real peers', () => {
  it.each([
    ['an empty file', 0],
    ['one byte', 1],
    ['an exact multiple of the chunk', 64 * 1024 * 7],
    ['one byte more than a group', 1024 * 1024 + 1],
    ['32 MiB', 32 * 1024 * 1024],
  ])('brings %s over with equal hashes', async (_what, bytes) => {
    const directory = await temporaryDirectory()
    const content = randomBytes(bytes)
    await writeFile(join(directory, 'source.bin'), content)
    const result = await transfer([join(directory, 'source.bin')], openTargetTree(join(directory, 'out/')))
    expect(result).toMatchObject({ sent: { status: 'fulfilled' }, received: { status: 'fulfilled' } })
    expect((await readFile(join(directory, 'out/source.bin'))).equals(content)).toBe(true)
    expect(await readdir(join(directory, 'out'))).toEqual(['source.bin'])
  })

  it('brings a file over several associations', async () => {
    const directory = await temporaryDirectory()
    const content = randomBytes(24 * 1024 * 1024)
    await writeFile(join(directory, 'source.bin'), content)
    const { sent } = await transfer(
      [join(directory, 'source.bin')],
      openTargetTree(join(directory, 'out/')),
      {
        send: { connection: LOOPBACK_CONNECTION, associations: 4 },
        receive: { connection: LOOPBACK_CONNECTION },
      },
    )
    expect(sent).toMatchObject({ status: 'fulfilled', value: { associations: 4 } })
    expect((await readFile(join(directory, 'out/source.bin'))).equals(content)).toBe(true)
  })

  it('brings a tree over: names, modes, times, empty files and directories', async () => {
    const directory = await temporaryDirectory()
    const tree = join(directory, 'tree')
    await mkdir(join(tree, 'deep/deeper/empty'), { recursive: true })
    await writeFile(join(tree, 'deep/ünïcode ☂.txt'), 'umbrella')
    await writeFile(join(tree, 'deep/nothing'), '')
    await writeFile(join(tree, 'run.sh'), '#!/bin/sh\n')
    await chmod(join(tree, 'run.sh'), 0o755)
    await utimes(join(tree, 'run.sh'), 1_000_000_000, 1_000_000_000)
    await symlink('run.sh', join(tree, 'link'))
    for (let index = 0; index < 300; index++) await writeFile(join(tree, `small-${index}`), String(index))
    const out = join(directory, 'out')
    const { sent, received } = await transfer([tree], openTargetTree(out))
    expect([sent.status, received.status]).toEqual(['fulfilled', 'fulfilled'])
    expect(await readdir(join(out, 'tree/deep'))).toEqual(['deeper', 'nothing', 'ünïcode ☂.txt'])
    expect(await readdir(join(out, 'tree/deep/deeper'))).toEqual(['empty'])
    expect(await readdir(join(out, 'tree'))).not.toContain('link')
    expect(await readFile(join(out, 'tree/small-299'), 'utf8')).toBe('299')
    const { mode, mtimeMs } = await stat(join(out, 'tree/run.sh'))
    expect([mode & 0o777, mtimeMs]).toEqual([0o755 & ~process.umask(), 1_000_000_000_000])
  })

  it('F8: takes up what an interrupted attempt left, except for a group that was damaged', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'source.bin')
    const content = randomBytes(8 * 1024 * 1024)
    await writeFile(path, content)
    const out = join(directory, 'out/')
    const interrupted = new AbortController()
    let writtenBytes = 0
    const first = await transfer(
      [path],
      watchedTarget(out, (bytes) => {
        writtenBytes += bytes
        if (writtenBytes > 5 * 1024 * 1024) interrupted.abort(new PeerError('INTERRUPTED', 'Ctrl-C'))
      }),
      { send: { signal: interrupted.signal } },
    )
    expect(first.received).toMatchObject({ reason: { code: 'PEER_CANCELLED' } })
    const [part = ''] = await readdir(out)
    expect(part).toMatch(/^\.source\.bin\.[0-9a-f]{8}\.part$/)
    const partial = await readFile(join(out, part))
    partial[10] = (partial[10] ?? 0) ^ 1
    await writeFile(join(out, part), partial)

    const { sent } = await transfer([path], openTargetTree(out))
    expect(sent).toMatchObject({ status: 'fulfilled' })
    const { resumedBytes = 0, bytesTransferred = 0 } = sent.status === 'fulfilled' ? sent.value : {}
    expect(resumedBytes).toBeGreaterThanOrEqual(3 * 1024 * 1024)
    expect(resumedBytes + bytesTransferred).toBe(content.byteLength)
    expect((await readFile(join(out, 'source.bin'))).equals(content)).toBe(true)
    expect(await readdir(out)).toEqual(['source.bin'])
  })

  it('leaves an existing file alone and tells the sender', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), 'new')
    await writeFile(join(directory, 'b'), 'old')
    const { sent, received } = await transfer([join(directory, 'a')], openTargetTree(join(directory, 'b')))
    expect(received).toMatchObject({ reason: { code: 'OUTPUT_EXISTS' } })
    expect(sent).toMatchObject({ reason: { code: 'PEER_CANCELLED' } })
    expect(await readFile(join(directory, 'b'), 'utf8')).toBe('old')
  })

  it.each([
    ['rename', ['b', 'b (1)'], 'old'],
    ['overwrite', ['b'], 'new'],
  ] as const)('does as --on-conflict %s says', async (onConflict, names, content) => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), 'new')
    await mkdir(join(directory, 'out'))
    await writeFile(join(directory, 'out/b'), 'old')
    await transfer([join(directory, 'a')], openTargetTree(join(directory, 'out/b'), { onConflict }))
    expect(await readdir(join(directory, 'out'))).toEqual(names)
    expect(await readFile(join(directory, 'out/b'), 'utf8')).toBe(content)
  })

  it('tells the sender that the receiver declined, and creates nothing', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), 'content')
    const { sent } = await transfer([join(directory, 'a')], openTargetTree(join(directory, 'out/')), {
      receive: { accept: () => Promise.resolve(false) },
    })
    expect(sent).toMatchObject({ reason: { code: 'PEER_DECLINED' } })
    expect(await readdir(directory)).toEqual(['a'])
  })

  it.each([
    ['too many files', { maxFiles: 1, maxBytes: 1e9 }],
    ['too many bytes', { maxFiles: 9, maxBytes: 3 }],
  ])('refuses %s before anything is created', async (_what, limits) => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), 'content')
    await writeFile(join(directory, 'b'), 'content')
    const paths = [join(directory, 'a'), join(directory, 'b')]
    const { received } = await transfer(paths, openTargetTree(join(directory, 'out/')), {
      receive: { limits },
    })
    expect(received).toMatchObject({ reason: { code: 'TOO_LARGE', exitCode: 73 } })
    expect(await readdir(directory)).toEqual(['a', 'b'])
  })

  it('takes a hidden file only when that is allowed', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, '.profile'), 'evil')
    const paths = [join(directory, '.profile')]
    const refused = await transfer(paths, openTargetTree(join(directory, 'out/')))
    expect(refused.received).toMatchObject({ reason: { code: 'UNSAFE_PATH' } })
    expect(refused.sent).toMatchObject({ reason: { message: expect.stringContaining('--allow-hidden') } })
    const limits = { maxFiles: 9, maxBytes: 1e9, allowHidden: true }
    await transfer(paths, openTargetTree(join(directory, 'out/')), { receive: { limits } })
    expect(await readdir(join(directory, 'out'))).toEqual(['.profile'])
  })

  it('does not write through a link in the target', async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, 'tree'))
    await writeFile(join(directory, 'tree/a'), 'content')
    await mkdir(join(directory, 'elsewhere'))
    await mkdir(join(directory, 'out'))
    await symlink(join(directory, 'elsewhere'), join(directory, 'out/tree'))
    const { received } = await transfer([join(directory, 'tree')], openTargetTree(join(directory, 'out')))
    expect(received).toMatchObject({ status: 'rejected', reason: { exitCode: 73 } })
    expect(await readdir(join(directory, 'elsewhere'))).toEqual([])
  })

  it('fails on both sides with 65 when the file shrinks while it is sent', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'a')
    await writeFile(path, randomBytes(4 * 1024 * 1024))
    await using source = await openSourceTree([path])
    await using pair = await openTransferPair()
    await truncate(path, 1000)
    const [sent, received] = await Promise.allSettled([
      sendTransfer(pair.sender, source, { createHash: createSha256 }),
      receiveTransfer(pair.receiver, {
        createHash: createSha256,
        target: openTargetTree(join(directory, 'out/')),
        accept: yes,
      }),
    ])
    expect(sent).toMatchObject({ reason: { code: 'SOURCE_CHANGED', exitCode: 65 } })
    expect(received).toMatchObject({ reason: { code: 'SOURCE_CHANGED', exitCode: 65 } })
  })

  it('reports at most a few times a second, and the last with everything', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a'), randomBytes(16 * 1024 * 1024))
    const events: PeerEvent[] = []
    const { sent } = await transfer([join(directory, 'a')], openTargetTree(join(directory, 'out/')), {
      send: { onEvent: (event) => events.push(event) },
    })
    const progress = events.filter((event) => event.event === 'transfer-progress')
    const { durationMs } = sent.status === 'fulfilled' ? sent.value : { durationMs: 0 }
    expect(progress.length).toBeLessThanOrEqual(durationMs / 250 + 2)
    expect(progress.at(-1)).toMatchObject({ bytesTransferred: 16 * 1024 * 1024 })
  })
})

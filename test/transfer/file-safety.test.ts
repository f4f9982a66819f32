import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { openTargetTree, type TargetTreeOptions } from '../../src/adapters/files/target-tree.js'
import { PeerError } from '../../src/errors.js'
import type { TargetTree } from '../../src/transfer/ports.js'
import { receiveTransfer, type ReceiveTransferOptions } from '../../src/transfer/receive-transfer.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import { temporaryDirectory } from '../support/files.js'
import { offerOf, receiveFrom, zeros } from '../support/hostile-sender.js'
import { HOSTILE_NAMES } from '../support/hostile-names.js'
import { createTransferChannelPair } from '../support/transfer-channels.js'

const ZERO_HASH = '0'.repeat(64)

let directory = ''
const at = (...path: string[]) => join(directory, ...path)

interface Transfer {
  target?: TargetTree
  options?: TargetTreeOptions
  receiver?: Partial<ReceiveTransferOptions>
  /** Sees each message and says what arrives instead. */
  alterData?: (message: string | Uint8Array) => string | Uint8Array
}

async function transfer(path: string, { target, options, receiver, alterData }: Transfer = {}) {
  const { left, right } = createTransferChannelPair(
    alterData && { alterData: (message, from) => [from === 'left' ? alterData(message) : message] },
  )
  await using source = await openSourceTree([path])
  const [sent, received] = await Promise.allSettled([
    sendTransfer(left, source, { createHash: createSha256 }),
    receiveTransfer(right, {
      createHash: createSha256,
      target: target ?? openTargetTree(at('out/'), options),
      accept: () => Promise.resolve(true),
      ...receiver,
    }),
  ])
  return { sent, received }
}

beforeEach(async () => {
  directory = await temporaryDirectory()
  await mkdir(at('out'))
})

describe('F1: a name that is not safe', () => {
  it('ends the transfer with 73 and creates nothing, whichever it is', async () => {
    for (const path of HOSTILE_NAMES) {
      const receiver = { target: openTargetTree(at('out/')) }
      const { outcome } = await receiveFrom({ messages: offerOf({ path }), receiver })
      // The length of a path is held to its limit before its content is.
      const code = path.length === 0 || path.length > 4096 ? 'PROTOCOL_VIOLATION' : 'UNSAFE_PATH'
      expect([path, outcome]).toEqual([path, expect.objectContaining({ code })])
    }
    expect(await readdir(directory, { recursive: true })).toEqual(['out'])
  })
})

describe('F3: a link in the target', () => {
  beforeEach(async () => {
    await mkdir(at('tree'))
    await writeFile(at('tree/a'), 'content')
    await mkdir(at('elsewhere'))
    await writeFile(at('elsewhere/victim'), 'untouched')
  })

  it.each(['fail', 'skip', 'overwrite'] as const)(
    'is not written through where the file goes: %s',
    async (onConflict) => {
      await mkdir(at('out/tree'))
      await symlink(at('elsewhere/victim'), at('out/tree/a'))
      const { received } = await transfer(at('tree'), { options: { onConflict } })
      expect(received).toMatchObject({ reason: { exitCode: 73 } })
      expect(await readFile(at('elsewhere/victim'), 'utf8')).toBe('untouched')
    },
  )

  it('is not written through where the part goes', async () => {
    const probe = await transfer(at('tree'), { receiver: { accept: () => Promise.resolve(true) } })
    expect(probe.received).toMatchObject({ status: 'fulfilled' })
    // The name of a part is known to whoever knows the file: a link can wait there.
    const { partNameOf } = await import('../../src/adapters/files/part-name.js')
    const { entries } = await openSourceTree([at('tree')])
    const entry = entries.find(({ path }) => path === 'tree/a')
    expect(entry).toBeDefined()
    await rm(at('out/tree'), { recursive: true })
    await mkdir(at('out/tree'))
    if (entry) await symlink(at('elsewhere/victim'), at('out/tree', partNameOf('a', entry)))
    const { received } = await transfer(at('tree'))
    expect(received).toMatchObject({ status: 'rejected' })
    expect(await readFile(at('elsewhere/victim'), 'utf8')).toBe('untouched')
  })

  it.each(['before the files are opened', 'before they get their names'])(
    'is not written through among the parents where it comes there %s',
    async (moment) => {
      const target = openTargetTree(at('out/'))
      const swap = async () => {
        await rename(at('out/tree'), at('aside'))
        await symlink(at('elsewhere'), at('out/tree'))
      }
      const swapping: TargetTree = {
        finish: (entries) => target.finish(entries),
        async prepare(entries) {
          const prepared = await target.prepare(entries)
          if (moment === 'before the files are opened') await swap()
          return prepared
        },
        async openFile(entry) {
          const sink = await target.openFile(entry)
          if (moment === 'before they get their names') await swap()
          return sink
        },
      }
      const { received } = await transfer(at('tree'), { target: swapping })
      // Its name is a link now, and the directory that was meant may be anywhere.
      expect(received).toMatchObject({ status: 'rejected', reason: { code: 'UNSAFE_PATH' } })
      expect(await readdir(at('elsewhere'))).toEqual(['victim'])
    },
  )

  it(
    'is not written through however often somebody swaps a parent for it',
    { skip: process.platform !== 'linux' },
    async () => {
      for (let index = 0; index < 40; index++) await writeFile(at(`tree/file-${index}`), 'content')
      const over = new AbortController()
      const race = async () => {
        while (!over.signal.aborted) {
          await rename(at('out/tree'), at('aside')).catch(() => undefined)
          await symlink(at('elsewhere'), at('out/tree')).catch(() => undefined)
          await unlink(at('out/tree')).catch(() => undefined)
          await rename(at('aside'), at('out/tree')).catch(() => undefined)
        }
      }
      const racer = race()
      for (let round = 0; round < 8; round++)
        await transfer(at('tree'), { options: { onConflict: 'overwrite' } })
      over.abort()
      await racer
      expect(await readdir(at('elsewhere'))).toEqual(['victim'])
    },
  )
})

describe('F4: a partial file', () => {
  it('is hidden, of this user alone, and its final mode is what the umask leaves', async () => {
    await writeFile(at('run.sh'), randomBytes(3_000_000))
    await chmod(at('run.sh'), 0o777)
    const modes: number[] = []
    const names: string[] = []
    const look = async () => {
      for (const name of await readdir(at('out'))) {
        if (!name.endsWith('.part')) continue
        names.push(name)
        modes.push((await stat(at('out', name)).catch(() => ({ mode: 0o600 }))).mode & 0o777)
      }
    }
    const looking = setInterval(() => void look(), 1)
    await transfer(at('run.sh')).finally(() => clearInterval(looking))
    expect(names.length).toBeGreaterThan(0)
    expect(names.every((name) => /^\.run\.sh\.[0-9a-f]{8}\.part$/.test(name))).toBe(true)
    expect((await stat(at('out/run.sh'))).mode & 0o7777).toBe(0o777 & ~process.umask())
    expect(new Set(modes)).toContain(0o600)
  })

  it('has a name that fits where that of the file just fits', async () => {
    const name = '界'.repeat(85)
    await writeFile(at(name), 'content')
    expect((await transfer(at(name))).received).toMatchObject({ status: 'fulfilled' })
    expect(await readdir(at('out'))).toEqual([name])
  })
})

describe('F5: a file that appears during the transfer', () => {
  it('is not replaced', async () => {
    await writeFile(at('a'), randomBytes(1_000_000))
    const target = openTargetTree(at('out/'))
    const { received } = await transfer(at('a'), {
      target: {
        prepare: async (entries) => {
          const prepared = await target.prepare(entries)
          await writeFile(at('out/a'), 'mine')
          return prepared
        },
        openFile: (entry) => target.openFile(entry),
        finish: (entries) => target.finish(entries),
      },
    })
    expect(received).toMatchObject({ reason: { code: 'OUTPUT_EXISTS' } })
    expect(await readFile(at('out/a'), 'utf8')).toBe('mine')
  })
})

describe('F6: "verified"', () => {
  it('is said only when the file stands under its final name with its content', async () => {
    const content = randomBytes(200_000)
    await writeFile(at('a'), content)
    const { left, right } = createTransferChannelPair({
      alterControl: (message, from) => {
        if (from === 'right' && String(message).includes('"verified"')) checking.push(readFile(at('out/a')))
        return [message]
      },
    })
    const checking: Promise<Buffer>[] = []
    await using source = await openSourceTree([at('a')])
    await Promise.all([
      sendTransfer(left, source, { createHash: createSha256 }),
      receiveTransfer(right, {
        createHash: createSha256,
        target: openTargetTree(at('out/')),
        accept: () => Promise.resolve(true),
      }),
    ])
    expect((await Promise.all(checking)).map((found) => found.equals(content))).toEqual([true])
  })
})

describe('F8: a source that changed since the interrupted attempt', () => {
  it('is sent anew and not mixed', async () => {
    await writeFile(at('a'), randomBytes(3_000_000))
    const first = await transfer(at('a'), {
      receiver: {
        target: failingTarget(openTargetTree(at('out/')), 2_000_000),
      },
    })
    expect(first.received).toMatchObject({ reason: { code: 'IO_ERROR' } })
    const changed = randomBytes(3_000_000)
    await writeFile(at('a'), changed)
    await utimes(at('a'), 1_700_000_000, 1_700_000_000)
    const { received } = await transfer(at('a'))
    expect(received).toMatchObject({ status: 'fulfilled', value: { resumedBytes: 0 } })
    expect((await readFile(at('out/a'))).equals(changed)).toBe(true)
  })
})

describe('F9: sizes that are not true', () => {
  it('publishes nothing where fewer bytes come than were announced', async () => {
    const { outcome, files } = await receiveFrom({
      messages: [
        ...offerOf({ size: 4 }),
        { type: 'hashes', file: 0, sha256: [ZERO_HASH] },
        { type: 'cancel', code: 'INTERNAL', reason: 'gone' },
      ],
      frames: [zeros(3)],
    })
    expect(outcome).toMatchObject({ code: 'PEER_CANCELLED' })
    expect(files.filter((name) => !name.endsWith('.part'))).toEqual([])
  })
})

describe('F10: a bit that flips on the way', () => {
  it('is found by the hash: 65 on both sides, and nothing is published', async () => {
    await writeFile(at('a'), randomBytes(300_000))
    let flips = 1
    const { sent, received } = await transfer(at('a'), {
      alterData: (message) => {
        if (typeof message === 'string' || flips-- !== 1) return message
        const altered = Uint8Array.from(message)
        altered[1000] = (altered[1000] ?? 0) ^ 1
        return altered
      },
    })
    expect([sent, received]).toMatchObject([
      { reason: { code: 'DATA_MISMATCH', exitCode: 65 } },
      { reason: { code: 'DATA_MISMATCH', exitCode: 65 } },
    ])
    expect(await readdir(at('out'))).toEqual([])
  })
})

describe('F11: too little space', () => {
  it('is said before anything is created, in both directions', async () => {
    const size = 2 ** 52
    const { outcome, files } = await receiveFrom({ messages: offerOf({ size }) })
    expect(outcome).toMatchObject({ code: 'NO_SPACE', exitCode: 74 })
    expect(files).toEqual([])
  })

  it.skipIf(process.getuid?.() !== 0)(
    'in the middle ends with 74, keeps the part, and the next attempt takes it up',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', at('out')])
      onTestFinished(() => void execFileSync('umount', [at('out')]))
      const content = randomBytes(3_000_000)
      await writeFile(at('a'), content)
      const target = openTargetTree(at('out/'))
      const filling: TargetTree = {
        prepare: (entries, options) => target.prepare(entries, options),
        finish: (entries) => target.finish(entries),
        openFile: async (entry) => {
          await writeFile(at('out/other'), new Uint8Array(2_500_000))
          return target.openFile(entry)
        },
      }
      const { sent, received } = await transfer(at('a'), { target: filling })
      expect(received).toMatchObject({ reason: { code: 'NO_SPACE', exitCode: 74 } })
      expect(sent).toMatchObject({ reason: { code: 'PEER_CANCELLED' } })
      expect((await readdir(at('out'))).toSorted()).toEqual([
        expect.stringMatching(/^\.a\.[0-9a-f]{8}\.part$/),
        'other',
      ])
      await unlink(at('out/other'))
      const next = await transfer(at('a'))
      expect(next.received).toMatchObject({ status: 'fulfilled' })
      expect(next.sent).toMatchObject({ value: { resumedBytes: expect.any(Number) } })
      expect((await readFile(at('out/a'))).equals(content)).toBe(true)
    },
  )
})

describe('F12: what is offered', () => {
  it('is listed completely, with its total, before the question, and before anything is created', async () => {
    await mkdir(at('tree'))
    for (let index = 0; index < 450; index++) await writeFile(at(`tree/${index}`), String(index))
    const seen: unknown[] = []
    const { received } = await transfer(at('tree'), {
      receiver: {
        onEvent: (event) => {
          if (event.event === 'transfer-offer') seen.push([event.files.length, event.bytes])
        },
        accept: async ({ entries, bytes }) => {
          seen.push([entries.length, bytes, await readdir(at('out'))])
          return false
        },
      },
    })
    expect(received).toMatchObject({ reason: { code: 'PEER_DECLINED' } })
    expect(seen).toEqual([
      [450, 1240],
      [451, 1240, []],
    ])
  })
})

describe.each([2_000_000, 2_000])('F16: a source of %i bytes that changes while it is read', (size) => {
  it.each([
    ['grows', (path: string) => writeFile(path, 'more', { flag: 'a' })],
    [
      'is written again with the same size',
      async (path: string) => writeFile(path, randomBytes((await stat(path)).size)),
    ],
    [
      'is replaced by another file',
      async (path: string) => {
        await writeFile(`${path}.new`, randomBytes((await stat(path)).size))
        await rename(`${path}.new`, path)
      },
    ],
    [
      'becomes a pipe that nobody writes to',
      async (path: string) => {
        await unlink(path)
        execFileSync('mkfifo', [path])
      },
    ],
  ])('ends with 65 on both sides when it %s', async (_what, change) => {
    await writeFile(at('a'), randomBytes(size))
    const { sent, received } = await transfer(at('a'), {
      receiver: {
        accept: async () => {
          await change(at('a'))
          return true
        },
      },
    })
    expect([sent, received]).toMatchObject([
      { reason: { code: 'SOURCE_CHANGED', exitCode: 65 } },
      { reason: { code: 'SOURCE_CHANGED', exitCode: 65 } },
    ])
    expect(await lstat(at('out/a')).catch(() => undefined)).toBeUndefined()
  })
})

/** A target whose disk fails after so many bytes. */
function failingTarget(target: TargetTree, afterBytes: number): TargetTree {
  let writtenBytes = 0
  return {
    prepare: (entries) => target.prepare(entries),
    finish: (entries) => target.finish(entries),
    openFile: async (entry) => {
      const sink = await target.openFile(entry)
      return {
        existingBytes: sink.existingBytes,
        write: (chunk, offset) => {
          writtenBytes += chunk.byteLength
          if (writtenBytes > afterBytes) throw new PeerError('IO_ERROR', 'The disk fails.')
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

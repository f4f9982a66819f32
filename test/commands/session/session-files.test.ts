import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { SessionFiles, type SessionFilesOptions } from '../../../src/commands/session/session-files.js'
import type { PeerEvent } from '../../../src/events.js'
import type { Feature } from '../../../src/session/control-message.js'
import type { Session } from '../../../src/session/session.js'
import { AssociationTotals } from '../../../src/stats/association-totals.js'
import { temporaryDirectory, sha256Of, writeRandomFile } from '../../support/files.js'
import { LOOPBACK_CONNECTION, openSessionPair } from '../../support/session-pair.js'

/** The files of one side of a session, and what it reports. */
function openFiles(session: Session, options: Partial<SessionFilesOptions> = {}) {
  const events: PeerEvent[] = []
  const peer = {
    session,
    connection: LOOPBACK_CONNECTION,
    associations: new AssociationTotals(),
    [Symbol.asyncDispose]: async () => undefined,
  }
  const signal = new AbortController().signal
  const report = (event: PeerEvent) => void events.push(event)
  const files = new SessionFiles({ peer, args: {}, canAsk: false, ...options }, { signal, report })
  const named = (name: PeerEvent['event']) => events.filter(({ event }) => event === name)
  const until = (name: PeerEvent['event'], count = 1) =>
    vi.waitFor(() => expect(named(name).length).toBeGreaterThanOrEqual(count), { timeout: 8_000 })
  return { files, named, until, send: (path: string) => files.send(path, { signal }) }
}

/** Two sessions; the left one sends. */
async function openPair(
  right: (output: string) => Partial<SessionFilesOptions>,
  features: readonly Feature[] = ['files'],
) {
  const directory = await temporaryDirectory()
  const output = join(directory, 'out')
  const pair = await openSessionPair({ offerer: { features: ['files'] }, answerer: { features } })
  onTestFinished(() => pair[Symbol.asyncDispose]())
  return {
    directory,
    output,
    pair,
    left: openFiles(pair.offerer),
    right: openFiles(pair.answerer, right(output)),
  }
}

const taking = (output: string) => ({ args: { yes: true, output } })
const asking = (output: string) => ({ args: { output }, canAsk: true })

describe('files within a session', () => {
  it('go one after the other, directories too, while others come the other way', async () => {
    const { directory, output, left, right } = await openPair(taking)
    await mkdir(join(directory, 'tree/deep'), { recursive: true })
    await writeFile(join(directory, 'tree/deep/leaf'), 'green')
    await writeRandomFile(join(directory, 'a.bin'), 3_000_000)
    const back = right.send(join(directory, 'a.bin'))
    back.catch(() => undefined)
    await Promise.all([left.send(join(directory, 'a.bin')), left.send(join(directory, 'tree'))])
    expect(await sha256Of(join(output, 'a.bin'))).toBe(await sha256Of(join(directory, 'a.bin')))
    expect(await readFile(join(output, 'tree/deep/leaf'), 'utf8')).toBe('green')
    expect(right.named('transfer-complete')).toMatchObject([
      { direction: 'receive' },
      { direction: 'receive' },
    ])
    // Nobody is there to be asked, and nobody said yes beforehand.
    await expect(back).rejects.toMatchObject({
      code: 'PEER_DECLINED',
      message: expect.stringContaining('--yes'),
      hint: expect.stringContaining('--yes'),
    })
    expect(left.named('warning')).toMatchObject([{ code: 'PEER_DECLINED' }])
  })

  it('are taken or declined by whoever is asked', async () => {
    const { directory, output, left, right } = await openPair(asking)
    await writeFile(join(directory, 'a'), 'content')
    const declined = left.send(join(directory, 'a'))
    declined.catch(() => undefined)
    await right.until('transfer-offer')
    expect(right.named('transfer-offer')).toMatchObject([{ files: [{ name: 'a', bytes: 7 }], asks: true }])
    right.files.answer(false)
    await expect(declined).rejects.toMatchObject({ code: 'PEER_DECLINED' })
    expect(await readdir(directory)).toEqual(['a'])
    expect(right.named('warning')).toEqual([])

    const declinedAtMs = performance.now()
    const sent = left.send(join(directory, 'a'))
    await right.until('transfer-offer', 2)
    // Who offers again and again does not fill the terminal of the other side.
    expect(performance.now() - declinedAtMs).toBeGreaterThan(450)
    right.files.answer(true)
    await sent
    expect(await readFile(join(output, 'a'), 'utf8')).toBe('content')
    expect(() => right.files.answer(true)).toThrow(/offers nothing/)
  })

  it('are ended by a cancel, and before either side leaves, and can be taken up again', async () => {
    const { directory, output, pair, left, right } = await openPair(taking)
    const path = join(directory, 'large.bin')
    await writeRandomFile(path, 32 * 1024 * 1024)
    const sending = [left.send(path), left.send(path)]
    const settled = Promise.allSettled(sending)
    await right.until('transfer-progress')
    left.files.cancel()
    expect(await settled).toMatchObject([
      { reason: { code: 'INTERRUPTED' } },
      { reason: { code: 'INTERRUPTED' } },
    ])
    await right.until('transfer-failed')
    expect(right.named('transfer-failed')).toMatchObject([{ reason: 'The peer cancelled the transfer.' }])
    expect(() => left.files.cancel()).toThrow(/Nothing is being sent/)
    const [part = '', ...others] = await readdir(output)
    expect([part.endsWith('.part'), others]).toEqual([true, []])

    const again = left.send(path)
    again.catch(() => undefined)
    await right.until('transfer-accepted', 2)
    await pair.answerer.leave('done')
    await expect(again).rejects.toMatchObject({
      code: 'PEER_CANCELLED',
      hint: expect.stringContaining('Send the same again'),
    })
    const reasons = left.named('transfer-failed')
    expect(reasons.at(-1)).toMatchObject({ reason: expect.stringContaining('leaving the session') })
    expect(await pair.offerer.ended).toEqual({ how: 'bye', reason: 'done' })
    expect(await readdir(output)).toEqual([part])
    // Why, where no command of its own is answered; what it ended itself needs no word.
    expect(right.named('warning')).toMatchObject([
      { code: 'PART_KEPT' },
      { code: 'PEER_CANCELLED', hint: expect.stringContaining('again') },
      { code: 'PART_KEPT' },
    ])
  })

  it('fail with a bad path, a peer that takes none, and when too many wait, and disturb nobody', async () => {
    const { directory, left, right } = await openPair(asking)
    await expect(left.send(join(directory, 'none'))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
    await expect(left.send('-')).rejects.toMatchObject({ code: 'USAGE' })
    await writeFile(join(directory, 'a'), '')
    const sending = Array.from({ length: 17 }, () => left.send(join(directory, 'a')))
    await expect(sending.at(-1)).rejects.toMatchObject({ code: 'USAGE' })
    const settled = Promise.allSettled(sending)
    await right.until('transfer-offer')
    left.files.cancel()
    expect((await settled).map(({ status }) => status)).toEqual(Array(17).fill('rejected'))

    const other = await openPair(taking, ['stats'])
    await expect(other.left.send(join(directory, 'a'))).rejects.toMatchObject({
      code: 'PEER_INCOMPATIBLE',
      message: 'The peer runs "test", which takes no files in a session.',
    })
  })
})

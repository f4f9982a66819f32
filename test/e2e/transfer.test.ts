import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PeerEvent } from '../../src/events.js'
import { startCli, startServe, type Cli } from '../support/cli.js'
import { sha256Of, temporaryDirectory, writeRandomFile } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

interface Transfer extends AsyncDisposable {
  server: Awaited<ReturnType<typeof startServe>>
  sender: Cli
  receiver: Cli
  output: string
}

/** A server, a sender and a receiver as three processes. */
async function startTransfer(
  path: string,
  output: string,
  sending: readonly string[] = [],
): Promise<Transfer> {
  const server = await startServe()
  const place = ['--room', 'files', '--signal', server.url, '--json']
  const receiver = startCli(['receive-file', ...place, '--yes', '-o', `${output}/`])
  const sender = startCli(['send-file', path, ...place, ...sending])
  return {
    server,
    sender,
    receiver,
    output,
    [Symbol.asyncDispose]: async () => {
      for (const process of [sender, receiver, server]) await process[Symbol.asyncDispose]()
    },
  }
}

const halfWay = (event: PeerEvent) =>
  event.event === 'transfer-progress' && event.bytesTransferred > (event.bytes ?? 0) / 3

describe('send-file and receive-file', () => {
  it('find each other by the code that the sender makes up', async () => {
    const directory = await temporaryDirectory()
    const elsewhere = join(directory, 'elsewhere')
    await mkdir(elsewhere)
    await writeFile(join(directory, 'small.txt'), 'small')
    await writeFile(join(elsewhere, 'small.txt'), 'other')
    await utimes(join(elsewhere, 'small.txt'), 1, 1)
    await using server = await openSignalingServer()
    await using sender = startCli([
      'send-file',
      join(directory, 'small.txt'),
      '--signal',
      server.url,
      '--json',
    ])
    const { code = '', command } = await sender.waitForEvent('room')
    expect(code).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/)
    expect(command).toBe(`webrtc-cli receive-file ${code} --signal ${server.url}`)
    await using receiver = startCli(['receive-file', code, '--signal', server.url, '--yes'], {
      cwd: elsewhere,
    })
    // The name is taken in that directory, by another file.
    expect(await receiver.exit).toMatchObject({ code: 73 })
    expect(await sender.exit).toMatchObject({ code: 75 })
  })

  it.each(['sender', 'receiver'] as const)(
    'F7: survive kill -9 of the %s: the other exits 75, and the next attempt sends what is missing',
    async (victim) => {
      const directory = await temporaryDirectory()
      const path = join(directory, 'big.bin')
      await writeRandomFile(path, 60_000_000)
      await using transfer = await startTransfer(path, join(directory, 'out'))
      await transfer[victim].waitForEvent(halfWay)
      const killedMs = performance.now()
      transfer[victim].kill('SIGKILL')
      const survivor = victim === 'sender' ? transfer.receiver : transfer.sender
      const { code, events } = await survivor.exit
      expect(code).toBe(75)
      expect(performance.now() - killedMs).toBeLessThan(8_000)
      expect(events.find(({ event }) => event === 'error')).toMatchObject({ code: 'PEER_LOST' })
      expect(await readdir(transfer.output)).not.toContain('big.bin')

      await using again = await startTransfer(path, join(directory, 'out'))
      const [sent, received] = await Promise.all([again.sender.exit, again.receiver.exit])
      expect([sent.code, received.code]).toEqual([0, 0])
      const complete = await again.receiver.waitForEvent('transfer-complete')
      expect(complete.files[0]?.sha256).toBe(await sha256Of(path))
      // It was killed at a third, 20 MB; what was on its way to the disk, and the groups it stood in, come again.
      expect(complete.resumedBytes).toBeGreaterThan(10_000_000)
    },
  )

  it('finish although the signaling server is killed after connected', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'big.bin')
    await writeRandomFile(path, 40_000_000)
    await using transfer = await startTransfer(path, join(directory, 'out'))
    await transfer.sender.waitForEvent('transfer-accepted')
    transfer.server.kill('SIGKILL')
    const [sent, received] = await Promise.all([transfer.sender.exit, transfer.receiver.exit])
    expect([sent.code, received.code]).toEqual([0, 0])
    expect(sent.events.find(({ event }) => event === 'warning')).toMatchObject({ code: 'SIGNALING_LOST' })
    expect((await stat(join(directory, 'out/big.bin'))).size).toBe(40_000_000)
  })

  it.each([
    ['sender', 'SIGINT', 130],
    ['receiver', 'SIGTERM', 143],
  ] as const)('tell the other side when the %s gets %s', async (victim, signal, expected) => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'big.bin')
    await writeRandomFile(path, 60_000_000)
    await using transfer = await startTransfer(path, join(directory, 'out'))
    await transfer[victim].waitForEvent(halfWay)
    const startedMs = performance.now()
    transfer[victim].kill(signal)
    const ended = await transfer[victim].exit
    expect(ended.code).toBe(expected)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    const survivor = await (victim === 'sender' ? transfer.receiver : transfer.sender).exit
    expect(survivor.code).toBe(75)
    expect(survivor.events.find(({ event }) => event === 'error')).toMatchObject({
      code: 'PEER_CANCELLED',
      message: 'The peer cancelled the transfer.',
    })
    const [part = '', ...others] = await readdir(transfer.output)
    expect(others).toEqual([])
    const { events } = await transfer.receiver.exit
    expect(events.find(({ event }) => event === 'warning')).toMatchObject({
      code: 'PART_KEPT',
      message: `What has arrived is kept in ${join(transfer.output, part)}.`,
    })
  })

  it('leave an existing file alone: 73 here, 75 there', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'a.txt')
    await writeFile(path, 'new')
    await using server = await openSignalingServer()
    const place = ['--room', 'files', '--signal', server.url, '--json']
    await writeFile(join(directory, 'b.txt'), 'old')
    await using receiver = startCli(['receive-file', ...place, '--yes', '-o', join(directory, 'b.txt')])
    await using sender = startCli(['send-file', path, ...place])
    expect(await receiver.exit).toMatchObject({ code: 73 })
    expect(await sender.exit).toMatchObject({ code: 75 })
    expect(await readFile(join(directory, 'b.txt'), 'utf8')).toBe('old')
  })

  it('bring a file over: both exit 0 with the same hash; F17: under 200 MB', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'big.bin')
    await writeRandomFile(path, 120_000_000)
    await using transfer = await startTransfer(path, join(directory, 'out'))
    const peaks = { sender: 0, receiver: 0 }
    for (const side of ['sender', 'receiver'] as const) {
      const cli = transfer[side]
      await cli.waitForEvent((event) => {
        if (event.event === 'transfer-progress') peaks[side] = Math.max(peaks[side], peakRssOf(cli))
        return event.event === 'transfer-complete'
      })
    }
    const [sent, received] = await Promise.all([transfer.sender.exit, transfer.receiver.exit])
    expect([sent.code, received.code]).toEqual([0, 0])
    const sha256 = await sha256Of(path)
    expect(await sha256Of(join(directory, 'out/big.bin'))).toBe(sha256)
    for (const { events } of [sent, received]) {
      expect(events.find(({ event }) => event === 'transfer-complete')).toMatchObject({ files: [{ sha256 }] })
      expect(longestPauseMs(events)).toBeLessThan(1_000)
    }
    if (process.platform !== 'linux') return
    expect(peaks.sender).toBeGreaterThan(0)
    expect(Math.max(peaks.sender, peaks.receiver)).toBeLessThan(200_000_000)
  })

  it('are over as many associations as the limit of open files allows', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'data.bin')
    await writeRandomFile(path, 6_000_000)
    const many = ['--associations', '32', '--impair', 'delay=10ms']
    await using transfer = await startTransfer(path, join(directory, 'out'), many)
    // Before it connects: starting the native library takes longer than this.
    const limited = spawnSync('prlimit', [`--pid=${transfer.sender.pid}`, '--nofile=256:256'])
    expect(limited.status).toBe(0)
    const [sent, received] = await Promise.all([transfer.sender.exit, transfer.receiver.exit])
    expect([sent.code, received.code]).toEqual([0, 0])
    const counts = sent.events.flatMap((event) =>
      event.event === 'transfer-progress' ? [event.associations] : [],
    )
    expect(Math.max(...counts)).toBe(4)
    expect(await sha256Of(join(directory, 'out/data.bin'))).toBe(await sha256Of(path))
  })
})

function longestPauseMs(events: readonly (PeerEvent & { ts?: string })[]): number {
  const times = events
    .filter(({ event }) => event === 'transfer-accepted' || event === 'transfer-progress')
    .map(({ ts }) => Date.parse(ts ?? ''))
  return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)))
}

/** VmHWM of a running process, in bytes; 0 where there is none. */
function peakRssOf(cli: Cli): number {
  if (process.platform !== 'linux') return 0
  const status = readFileSync(`/proc/${cli.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

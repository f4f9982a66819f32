import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { openReporter } from '../../src/terminal/open-reporter.js'
import { startCli, type Cli } from '../support/cli.js'
import { temporaryDirectory } from '../support/files.js'
import { CapturedStream } from '../terminal/captured-stream.js'

/** Whether anything of the process group that a run started is still alive. */
function leavesProcesses({ pid }: Cli): boolean {
  if (pid === undefined) return false
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}

/** A run whose temporary files are the test's own. */
async function startDemo(args: readonly string[] = []) {
  const directory = await temporaryDirectory()
  const cli = startCli(['demo', ...args], { env: { TMPDIR: directory } })
  return { cli, leftFiles: () => readdir(directory) }
}

/** What the same run prints on standard output without `--json`. */
async function shownToPeople(events: readonly PeerEvent[]): Promise<string> {
  const stdout = new CapturedStream()
  const stderr = new CapturedStream()
  const options = { json: false, quiet: false, verbose: false, color: false, env: {}, stdout, stderr }
  using reporter = await openReporter(options)
  for (const event of events) reporter.report(event)
  return stdout.text
}

describe('demo', () => {
  it('holds every check within 15 s, and leaves no process and no file behind', async () => {
    const startedMs = performance.now()
    const demo = await startDemo(['--json'])
    await using cli = demo.cli
    const { code, events } = await cli.exit
    expect(performance.now() - startedMs).toBeLessThan(15_000)
    const checks = events.filter((event): event is PeerEventOf<'check'> => event.event === 'check')
    expect(checks.filter(({ ok }) => !ok)).toEqual([])
    expect(checks.length).toBeGreaterThanOrEqual(8)
    expect(code).toBe(0)
    expect(leavesProcesses(cli)).toBe(false)
    expect(await demo.leftFiles()).toEqual([])
    const lines = (await shownToPeople(events)).split('\n').filter((line) => /^(ok|FAIL) /.test(line))
    expect(lines).toHaveLength(checks.length)
    expect(lines.filter((line) => !line.startsWith('ok   '))).toEqual([])
  })

  it.each([
    ['to everything in the terminal', true, ['--json']],
    ['to the demo alone', false, []],
  ])('ends within 2 s and leaves nothing behind when Ctrl-C goes %s', async (_what, toGroup, args) => {
    const demo = await startDemo(args)
    await using cli = demo.cli
    await cli.waitForOutput(args.includes('--json') ? '"event":"connected"' : 'connected after')
    const startedMs = performance.now()
    if (toGroup) process.kill(-(cli.pid ?? 0), 'SIGINT')
    else cli.kill('SIGINT')
    expect((await cli.exit).code).toBe(130)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    expect(leavesProcesses(cli)).toBe(false)
    expect(await demo.leftFiles()).toEqual([])
  })

  it('fails with 1 when a peer of it cannot do its part, and says why', async () => {
    const env = { WEBRTC_CLI_ICE_TRANSPORT_POLICY: 'relay' }
    await using cli = startCli(['demo', '--json'], { env })
    const { code, events } = await cli.exit
    expect(code).toBe(1)
    expect(events.find(({ event }) => event === 'error')).toMatchObject({
      code: 'CHECK_FAILED',
      message: expect.stringContaining('--ice-transport-policy relay needs a TURN server'),
    })
  })
})

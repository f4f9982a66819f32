import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { delay } from '../../src/async/delay.js'
import type { PeerEvent } from '../../src/events.js'
import { childrenOf, parentOf } from '../support/child-processes.js'
import { runTogether, startCli, type StartCliOptions } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { mediaFile } from '../support/media-files.js'
import { openSignalingServer } from '../support/signaling-server.js'

async function failure(args: readonly string[], options: StartCliOptions = {}) {
  await using cli = startCli(statsOf(args), options)
  return failureOf(await cli.exit)
}

function statsOf(args: readonly string[]): string[] {
  return ['stats', '--duration', '1s', ...args, '--json']
}

function failureOf({ code, events }: { code: number | null; events: readonly PeerEvent[] }) {
  const error = events.find((event) => event.event === 'error')
  return { code, message: error?.message ?? '' }
}

/** The first half of a file, whose index is in front. */
async function truncated(path: string): Promise<string> {
  const copy = join(await temporaryDirectory(), 'truncated.mp4')
  await writeFile(copy, readFileSync(path).subarray(0, Math.floor(statSync(path).size / 2)))
  return copy
}

/** The ffmpeg of a run, as soon as there is one that decodes. */
async function decoderOf(cli: ReturnType<typeof startCli>): Promise<number> {
  await cli.waitForEvent('connected')
  const [pid] = childrenOf(cli.pid)
  if (pid === undefined) throw new Error('no ffmpeg runs')
  return pid
}

async function gone(pid: number): Promise<void> {
  while (parentOf(pid) !== undefined) await delay(20)
}

/** What the media of a run say before anybody is connected. */
const UNUSABLE = [
  ['missing', 66, () => ['--video', 'nofile.mp4'], 'Cannot read nofile.mp4: it does not exist.'],
  ['a directory', 66, () => ['--video', '/'], 'Cannot read /: it is a directory.'],
  ['garbage', 65, () => ['--video', mediaFile('garbage.mp4')], 'ffmpeg cannot open'],
  ['no y4m', 65, () => ['--video', mediaFile('garbage.y4m')], 'is no y4m'],
  ['without sound', 66, () => ['--audio', mediaFile('mute.mp4')], 'mute.mp4 has no sound.'],
  ['without a picture', 66, () => ['--video', mediaFile('song.mp3')], 'song.mp3 has no picture.'],
  ['no display', 69, () => ['--video', 'screen::4711'], 'Cannot open display :4711'],
  ['no server', 69, () => ['--video', 'rtsp://127.0.0.1:9/x'], 'Connection refused'],
  ['no filter', 64, () => ['--audio', 'lavfi:nofilter'], "No such filter: 'nofilter'"],
  [
    'no such ffmpeg',
    69,
    () => ['--video', './package.json', '--ffmpeg', '/nonexistent'],
    'no program at /nonexistent',
  ],
  [
    'what is no ffmpeg',
    69,
    () => ['--video', './package.json', '--ffmpeg', '/bin/true'],
    'does not say that it is one',
  ],
] as const

describe.skipIf(isMissing('ffmpeg'))('a source that cannot be opened', () => {
  let failures: ReturnType<typeof failureOf>[] = []
  beforeAll(async () => {
    failures = (await runTogether(UNUSABLE.map(([, , args]) => ({ args: statsOf(args()) })))).map(failureOf)
  }, 30_000)

  it.each(UNUSABLE.map(([what, code, , message], index) => [what, code, message, index] as const))(
    'ends the run and says why: %s is %s',
    (_what, code, message, index) => {
      expect(failures[index]).toEqual({ code, message: expect.stringContaining(message) })
    },
  )
})

describe.skipIf(isMissing('ffmpeg') || process.platform !== 'linux')('a source that breaks', () => {
  it('ends the run with 65 where the file is cut off, and the peer hears of it', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, '--video', await truncated(mediaFile('film.mp4'))])
    await using answerer = startCli(['answer', ...place])
    const [sent, received] = await Promise.all([offerer.exit, answerer.exit])
    expect([sent.code, received.code]).toEqual([65, 0])
    expect(sent.events).toContainEqual(
      expect.objectContaining({
        event: 'error',
        message: expect.stringMatching(/^ffmpeg cannot read .*truncated\.mp4 to its end: /),
      }),
    )
    expect(received.events).toContainEqual(
      expect.objectContaining({ event: 'peer-left', reason: 'its media source failed' }),
    )
  })

  it('ends the run with 74 where its ffmpeg is killed', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, '--video', mediaFile('film.mp4'), '--loop'])
    await using answerer = startCli(['answer', ...place])
    process.kill(await decoderOf(offerer), 'SIGKILL')
    const [sent, received] = await Promise.all([offerer.exit, answerer.exit])
    expect([sent.code, received.code]).toEqual([74, 0])
    expect(sent.events).toContainEqual(
      expect.objectContaining({
        event: 'error',
        message: expect.stringContaining('ffmpeg was ended by SIGKILL'),
      }),
    )
  })

  it.each(['SIGKILL', 'SIGINT'] as const)('leaves no ffmpeg behind after %s', async (signal) => {
    await using cli = startCli([
      'stats',
      '--video',
      mediaFile('film.mp4'),
      '--audio',
      'lavfi:sine',
      '--loop',
      '--json',
    ])
    const pid = await decoderOf(cli)
    process.kill(cli.pid ?? 0, signal)
    await Promise.all([gone(pid), cli.exit.catch(() => undefined)])
    expect(childrenOf(cli.pid)).toEqual([])
  })
})

/** Why no device can be made busy here; undefined where it can. */
function whyNoBusyDevice(): string | undefined {
  if (isMissing('ffmpeg')) return 'there is no ffmpeg'
  if (process.getuid?.() !== 0) return 'only root can let go of its right to what another has to itself'
  const absent = ['perl', 'setpriv'].filter((name) => spawnSync(name, ['--version']).status !== 0)
  return absent.length > 0 ? `missing: ${absent.join(', ')}` : undefined
}

/** A terminal that a program has to itself (TIOCEXCL): the kernel says of it what it says of a camera in use. */
const HOLDS_A_TERMINAL = `
  open(my $master, '+<', '/dev/ptmx') or die;
  my $number = pack('i', 0);
  ioctl($master, 0x40045431, $number) && ioctl($master, 0x80045430, $number) or die;
  my $path = '/dev/pts/' . unpack('i', $number);
  open(my $terminal, '+<', $path) or die;
  ioctl($terminal, 0x540C, 0) or die;
  $| = 1;
  print $path;
  <STDIN>;`

const noBusyDevice = whyNoBusyDevice()

describe.skipIf(noBusyDevice !== undefined)(
  `a device that is in use${noBusyDevice ? ` (${noBusyDevice})` : ''}`,
  () => {
    it('ends the run with 69 and says so', async () => {
      // Root would be let in all the same.
      const programs = await temporaryDirectory()
      for (const name of ['ffmpeg', 'ffprobe']) {
        const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
        const script = `#!/bin/sh\nexec setpriv --bounding-set=-sys_admin ${stdout.trim()} "$@"\n`
        await writeFile(join(programs, name), script, { mode: 0o755 })
      }
      const holder = spawn('perl', ['-e', HOLDS_A_TERMINAL], { stdio: ['pipe', 'pipe', 'inherit'] })
      onTestFinished(() => void holder.kill())
      const [device] = await once(holder.stdout, 'data')
      const camera = ['--video', `camera:${String(device)}`, '--ffmpeg', join(programs, 'ffmpeg')]
      const { code, message } = await failure(camera)
      expect(message).toContain(`${String(device)}: Device or resource busy`)
      expect(code).toBe(69)
    })
  },
)

describe('without ffmpeg', () => {
  const withoutFfmpeg = { env: { PATH: '/nonexistent' } }

  it.skipIf(isMissing('ffmpeg'))('y4m, wav and png are sent all the same', async () => {
    for (const video of ['clip.y4m', 'picture.png'] as const) {
      const sources = ['--video', mediaFile(video), '--audio', mediaFile('song.wav')]
      expect(await failure(sources, withoutFfmpeg)).toEqual({ code: 0, message: '' })
    }
  })

  it('everything else ends with 69 and says what to install', async () => {
    const { code, message } = await failure(['--video', './package.json'], withoutFfmpeg)
    expect(message).toBe('./package.json needs ffmpeg, which is not on the PATH.')
    expect(code).toBe(69)
  })
})

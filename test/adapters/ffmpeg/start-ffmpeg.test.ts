import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { delay } from '../../../src/async/delay.js'
import { ffmpegFailure } from '../../../src/adapters/ffmpeg/ffmpeg-failure.js'
import { isTooOld } from '../../../src/adapters/ffmpeg/ffmpeg-version.js'
import { startFfmpeg } from '../../../src/adapters/ffmpeg/start-ffmpeg.js'
import { isMissing } from '../../support/coturn.js'
import { temporaryDirectory } from '../../support/files.js'

const ENDLESS = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=30', '-f', 'rawvideo', '-pix_fmt', 'yuv420p']
const FRAME_BYTES = (320 * 240 * 3) / 2

describe.skipIf(isMissing('ffmpeg'))('startFfmpeg', () => {
  it('reads raw frames from a pipe, as many as were asked for', async () => {
    await using ffmpeg = startFfmpeg('ffmpeg', {
      outputs: 1,
      args: ({ outputs: [output = ''] }) => [...ENDLESS, '-frames:v', '10', output],
    })
    let bytes = 0
    for await (const chunk of ffmpeg.outputs[0] ?? []) bytes += chunk.length
    expect(bytes).toBe(10 * FRAME_BYTES)
    expect(await ffmpeg.ended).toEqual({ code: 0, signal: null, lastLines: [] })
  })

  it('writes to a pipe and finishes what it makes of it', async () => {
    const path = join(await temporaryDirectory(), 'out.wav')
    await using ffmpeg = startFfmpeg('ffmpeg', {
      inputs: 1,
      args: ({ inputs: [input = ''] }) => ['-f', 's16le', '-ar', '48000', '-ac', '1', '-i', input, path],
    })
    ffmpeg.inputs[0]?.write(Buffer.alloc(96_000))
    expect(await ffmpeg.finish()).toMatchObject({ code: 0 })
    expect(readFileSync(path).length).toBeGreaterThan(96_000)
  })

  it('holds ffmpeg back while nobody reads, and kills it when it is disposed', async () => {
    const ffmpeg = startFfmpeg('ffmpeg', {
      outputs: 1,
      args: ({ outputs: [output = ''] }) => [...ENDLESS, output],
    })
    const [output] = ffmpeg.outputs
    if (output) await once(output, 'readable')
    await ffmpeg[Symbol.asyncDispose]()
    expect(await ffmpeg.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect(existsSync(`/proc/${ffmpeg.pid}`)).toBe(false)
  })

  it('is killed by its signal', async () => {
    const abort = new AbortController()
    await using ffmpeg = startFfmpeg('ffmpeg', {
      outputs: 1,
      signal: abort.signal,
      args: ({ outputs: [output = ''] }) => [...ENDLESS, output],
    })
    abort.abort()
    expect(await ffmpeg.ended).toMatchObject({ signal: 'SIGKILL' })
  })

  it('tells what cannot be started', async () => {
    await using ffmpeg = startFfmpeg('/nonexistent/ffmpeg', { args: () => [] })
    const end = await ffmpeg.ended
    expect(end.lastLines.join()).toContain('ENOENT')
  })

  it('does not outlive a process that is killed', async () => {
    const directory = await temporaryDirectory()
    const program = join(directory, 'owner.mjs')
    const adapter = fileURLToPath(new URL('../../../src/adapters/ffmpeg/start-ffmpeg.ts', import.meta.url))
    await writeFile(
      program,
      `import { startFfmpeg } from ${JSON.stringify(await bundled(adapter, directory))}
       const ffmpeg = startFfmpeg('ffmpeg', {
         outputs: 1,
         args: ({ outputs: [output] }) => [...${JSON.stringify(ENDLESS)}, output],
       })
       ffmpeg.outputs[0].once('data', () => console.log(ffmpeg.pid))
       setInterval(() => undefined, 1000)`,
    )
    const owner = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(owner.stdout, 'data')
    const pid = Number(String(line))
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    owner.kill('SIGKILL')
    await once(owner, 'close')
    while (existsSync(`/proc/${pid}`) && !isZombie(pid)) await delay(20)
  })
})

describe('why ffmpeg failed', () => {
  it.each([
    [1, 'a.mp4: No such file or directory', 'INPUT_UNREADABLE'],
    [1, 'a: Is a directory', 'INPUT_UNREADABLE'],
    [1, 'a.mp4: Invalid data found when processing input', 'INPUT_INVALID'],
    [0, '[mov @ 0x1] stream 0, offset 0x30: partial file', 'INPUT_INVALID'],
    [1, '[x11grab @ 0x1] Cannot open display :7, error 1.', 'SOURCE_UNAVAILABLE'],
    [1, '/dev/video0: Device or resource busy', 'SOURCE_UNAVAILABLE'],
    [1, 'Cannot open video device /dev/video9: No such file or directory', 'SOURCE_UNAVAILABLE'],
    [1, 'cannot open audio device none (Device or resource busy)', 'SOURCE_UNAVAILABLE'],
    [1, 'rtsp://127.0.0.1/: Connection refused', 'SOURCE_UNAVAILABLE'],
    [1, 'av_interleaved_write_frame(): No space left on device', 'NO_SPACE'],
    [1, "No such filter: 'nofilter'", 'USAGE'],
    [1, 'something unheard of', 'IO_ERROR'],
  ] as const)('%s with "%s" is %s', (code, line, expected) => {
    const failure = ffmpegFailure({ code, signal: null, lastLines: [line] }, 'read a.mp4')
    expect(failure?.code).toBe(expected)
    expect(failure?.message).toBe(
      `ffmpeg cannot read a.mp4: ${line.replace(/^\[.*\] /, '').replace(/\.$/, '')}.`,
    )
  })

  it('is no failure with exit code 0 and a complaint about something else', () => {
    const end = { code: 0, signal: null, lastLines: ['deprecated pixel format used'] }
    expect(ffmpegFailure(end, 'x')).toBeUndefined()
  })

  it('names the signal that ended it', () => {
    const failure = ffmpegFailure({ code: null, signal: 'SIGKILL', lastLines: [] }, 'read a.mp4')
    expect(failure).toMatchObject({
      code: 'IO_ERROR',
      message: 'ffmpeg was ended by SIGKILL and cannot read a.mp4.',
    })
  })
})

describe('isTooOld', () => {
  it.each([
    ['5.1.9-0+deb12u1', false],
    ['5.1', false],
    ['n7.1', false],
    ['N-109542-g1234567', false],
    ['5.0.3', true],
    ['4.4.2-0ubuntu0.22.04.1', true],
  ])('%s: %s', (version, expected) => {
    expect(isTooOld(version)).toBe(expected)
  })
})

/** The adapter as one module that Node can load. */
async function bundled(path: string, directory: string): Promise<string> {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({ input: path, platform: 'node' })
  const file = join(directory, 'adapter.mjs')
  await bundle.write({ file, format: 'esm' })
  return file
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

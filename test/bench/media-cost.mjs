// What sending media costs beside a bare loop that pushes one constant frame: node test/bench/media-cost.mjs
// [--runs 3] [--seconds 10]. One JSON object: medians of alternating runs. Needs ffmpeg and `npm run build`.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from './median.mjs'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, seconds: { type: 'string', default: '10' } },
})
const runs = Number(values.runs)
const PEER = fileURLToPath(new URL('./media/media-cost-peer.mjs', import.meta.url))
const ONE_WAY = fileURLToPath(new URL('./media/one-way-peer.mjs', import.meta.url))
const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))

const directory = mkdtempSync(join(tmpdir(), 'webrtc-cli-bench-'))
const film = join(directory, 'film.mp4')
try {
  makeFilm()
  const results = { bare: [], moving: [], drawn: [], file: [] }
  for (let run = 0; run < runs; run++) {
    for (const mode of Object.keys(results)) {
      const { stdout } = spawnSync(process.execPath, [PEER, mode, values.seconds, film], { encoding: 'utf8' })
      results[mode].push(JSON.parse(stdout))
    }
  }
  const oneWay = { bare: [], cli: [] }
  for (let run = 0; run < runs; run++) {
    oneWay.bare.push(await bareOneWay())
    oneWay.cli.push(await cliOneWay())
  }
  const of = (mode, key) => median(results[mode].map((result) => result[key]))
  const cpuShare = {
    bare: of('bare', 'cpuShare'),
    moving: of('moving', 'cpuShare'),
    drawn: of('drawn', 'cpuShare'),
    file: of('file', 'cpuShare'),
  }
  console.log(
    JSON.stringify({
      bench: 'media-cost',
      runs,
      seconds: Number(values.seconds),
      cpuShare,
      drawnRatio: cpuShare.drawn / cpuShare.bare,
      drawnToMovingRatio: cpuShare.drawn / cpuShare.moving,
      fileRatio: cpuShare.file / cpuShare.bare,
      maxGapMs: {
        bare: of('bare', 'maxGapMs'),
        drawn: of('drawn', 'maxGapMs'),
        file: of('file', 'maxGapMs'),
      },
      receivedPerSecond: {
        bare: of('bare', 'receivedPerSecond'),
        drawn: of('drawn', 'receivedPerSecond'),
        file: of('file', 'receivedPerSecond'),
      },
      oneWay1080p: { bare: median(oneWay.bare), cli: median(oneWay.cli), all: oneWay },
      all: results,
    }),
  )
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** 720p30, H.264 and AAC; little moves in it, as in the frame of the bare loop, so that decoding is what differs. */
function makeFilm() {
  const picture = ['-f', 'lavfi', '-i', 'smptehdbars=size=1280x720:rate=30:duration=10']
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=10']
  const codecs = ['-c:v', 'libx264', '-preset', 'medium', '-b:v', '2M', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  const { status } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...picture, ...sound, ...codecs, film])
  if (status !== 0) throw new Error('ffmpeg makes no film')
}

/** Frames a second at the receiver of two bare processes, 1080p30. */
async function bareOneWay() {
  const receiver = spawn(process.execPath, [ONE_WAY, 'receive', values.seconds], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const sender = spawn(process.execPath, [ONE_WAY, 'send', values.seconds], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  sender.stdout.pipe(receiver.stdin)
  let last = ''
  createInterface({ input: receiver.stdout }).on('line', (line) => {
    if (line.includes('"receivedPerSecond"')) last = line
    else sender.stdin.write(`${line}\n`)
  })
  await Promise.all([sender, receiver].map((child) => new Promise((resolve) => child.once('exit', resolve))))
  return JSON.parse(last).receivedPerSecond
}

/** The same of `offer` and `answer`, from what the receiver's getStats count. */
async function cliOneWay() {
  const server = spawn(process.execPath, [BIN, 'serve', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url } = JSON.parse(
    await new Promise((resolve) => createInterface({ input: server.stdout }).once('line', resolve)),
  )
  const place = ['--room', 'bench', '--signal', url, '--json']
  const media = ['--video', 'bars', '--no-barcode', '--width', '1920', '--height', '1080']
  const duration = `${Number(values.seconds) + 2}s`
  const offerer = spawn(process.execPath, [BIN, 'offer', ...place, ...media, '--duration', duration], {
    stdio: 'ignore',
  })
  const answerer = spawn(process.execPath, [BIN, 'answer', ...place, '--stats', '1s'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const samples = []
  createInterface({ input: answerer.stdout }).on('line', (line) => {
    const event = JSON.parse(line)
    if (event.event !== 'stats') return
    const { elapsedMs, streams } = event.summary
    const frames = streams.find(({ kind, direction }) => kind === 'video' && direction === 'inbound')?.frames
    if (typeof frames === 'number') samples.push({ elapsedMs, frames })
  })
  await Promise.all([offerer, answerer].map((child) => new Promise((resolve) => child.once('exit', resolve))))
  server.kill()
  // The first second finds the encoder's rate.
  const [first, last] = [samples[Math.min(1, samples.length - 2)], samples.at(-1)]
  return ((last.frames - first.frames) * 1000) / (last.elapsedMs - first.elapsedMs)
}

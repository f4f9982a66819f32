import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createHash, randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PeerEvent, PeerEventOf } from '../events.js'
import { formatBitrate, formatBytes, formatCandidatePair, formatRate } from '../terminal/format.js'
import { startPeer, type PeerProcess } from './peer-process.js'
import { run, type RunArgs, type RunContext } from './run.js'

/** The file to send is at least this large; the running node binary usually is. */
const MIN_FILE_BYTES = 50_000_000
const BLOCK_BYTES = 1_000_000

const CALL_DURATION = '3s'
const WORDS = { offerer: 'hello from the offerer', answerer: 'hello from the answerer' } as const

interface Check {
  name: string
  ok: boolean
  value: string
}

/** `demo`: the main job with real processes; every result is looked at, 1 where one does not hold. */
export async function runDemo(args: RunArgs): Promise<void> {
  await run(args, async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-demo-'))
    try {
      const checks = await demonstrate(directory, context)
      for (const check of checks) context.report({ event: 'check', ...check })
      return checks.every(({ ok }) => ok) ? 0 : 1
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
}

async function demonstrate(directory: string, context: RunContext): Promise<Check[]> {
  const { signal, waitingFor } = context
  waitingFor('the signaling server')
  await using server = startPeer(['serve', '--port', '0'], { signal })
  const { url } = await server.event('listening')
  context.report({ event: 'listening', url, embedded: false })

  waitingFor('the call')
  const call = await holdCall(url, context)
  waitingFor('the file')
  const file = await chooseFile(directory, signal)
  const transfer = await moveFile(file, join(directory, 'received/'), url, context)
  return [...call, ...transfer]
}

/** Two peers with video and sound, who each say something. */
async function holdCall(url: string, { signal, report }: RunContext): Promise<Check[]> {
  const call = (verb: 'offer' | 'answer', message: string) => {
    const media = ['--video', 'bars', '--audio', 'tone', '--stats', '1s', '--duration', CALL_DURATION]
    return startPeer([verb, '--room', 'demo', '--signal', url, '--message', message, ...media], { signal })
  }
  await using offerer = call('offer', WORDS.offerer)
  await using answerer = call('answer', WORDS.answerer)
  const connected = await offerer.event('connected')
  report(connected)
  const [offererEvents, answererEvents] = await Promise.all([offerer.finished(), answerer.finished()])
  return [
    { name: 'connection', ...checkPair(connected) },
    { name: 'chat to the answerer', ...checkChat(answererEvents, WORDS.offerer) },
    { name: 'chat to the offerer', ...checkChat(offererEvents, WORDS.answerer) },
    { name: 'video', ...checkVideo(answererEvents) },
    { name: 'audio', ...checkAudio(answererEvents) },
    { name: 'statistics', ...checkStats(offererEvents) },
  ]
}

async function moveFile(
  path: string,
  output: string,
  url: string,
  { signal, report }: RunContext,
): Promise<Check[]> {
  const room = ['--room', 'demo-file', '--signal', url]
  await using receiver = startPeer(['receive-file', ...room, '--yes', '-o', output], { signal })
  await using sender = startPeer(['send-file', path, ...room], { signal, onEvent: reportProgress(report) })
  const [sent] = await Promise.all([sender.finished(), receiver.finished()])
  const complete = sent.find((event) => event.event === 'transfer-complete')
  const [expected, arrived] = await Promise.all([
    sha256Of(path, signal),
    sha256Of(join(output, basename(path)), signal).catch(() => 'nothing'),
  ])
  const acknowledged = complete?.files[0]?.sha256
  return [
    {
      name: 'file',
      ok: complete !== undefined && expected === arrived,
      value: complete
        ? `${formatBytes(complete.bytes)} at ${formatRate(complete.bytesPerSecond)}`
        : failureOf(sender, receiver),
    },
    {
      name: 'file hash',
      ok: expected === arrived && expected === acknowledged,
      value: `SHA-256 ${expected.slice(0, 16)}… read, ${arrived.slice(0, 16)}… arrived`,
    },
  ]
}

function reportProgress(report: RunContext['report']) {
  return (event: PeerEvent) => {
    if (event.event === 'transfer-progress') report(event)
  }
}

function checkPair({ candidatePair, elapsedMs }: PeerEventOf<'connected'>): Omit<Check, 'name'> {
  if (!candidatePair) return { ok: false, value: 'no candidate pair' }
  return { ok: true, value: `${formatCandidatePair(candidatePair)}, after ${Math.round(elapsedMs)} ms` }
}

function checkChat(events: readonly PeerEvent[], expected: string): Omit<Check, 'name'> {
  const heard = events.find((event) => event.event === 'chat' && event.direction === 'in')
  const text = heard?.event === 'chat' ? heard.text : undefined
  return { ok: text === expected, value: text ?? 'nothing was heard' }
}

function checkVideo(events: readonly PeerEvent[]): Omit<Check, 'name'> {
  const track = events.find((event) => event.event === 'track' && event.kind === 'video')
  if (track?.event !== 'track') return { ok: false, value: 'no picture arrived' }
  const { codec, width, height, frameRate } = track
  const ok = width === 640 && height === 480 && (frameRate ?? 0) > 5
  return { ok, value: `${codec ?? 'unknown codec'} ${width}x${height} at ${frameRate ?? 0} fps` }
}

function checkAudio(events: readonly PeerEvent[]): Omit<Check, 'name'> {
  const track = events.find((event) => event.event === 'track' && event.kind === 'audio')
  if (track?.event !== 'track') return { ok: false, value: 'no sound arrived' }
  return { ok: true, value: `${track.codec ?? 'unknown codec'} at ${track.sampleRate ?? 0} Hz` }
}

function checkStats(events: readonly PeerEvent[]): Omit<Check, 'name'> {
  const samples = events.filter((event) => event.event === 'stats')
  const last = samples.at(-1)?.summary
  const bitrate = last?.transport?.sendBitrate ?? 0
  const ok = Boolean(last?.candidatePair) && bitrate > 0
  return { ok, value: `${samples.length} samples, sending ${formatBitrate(bitrate)}` }
}

function failureOf(...peers: PeerProcess[]): string {
  const errors = peers.flatMap(({ events }) => events.filter((event) => event.event === 'error'))
  return errors[0]?.message ?? 'the transfer did not complete'
}

async function chooseFile(directory: string, signal: AbortSignal): Promise<string> {
  if ((await stat(process.execPath)).size >= MIN_FILE_BYTES) return process.execPath
  const path = join(directory, 'random.bin')
  const blocks = Array.from({ length: MIN_FILE_BYTES / BLOCK_BYTES }, () => randomBytes(BLOCK_BYTES))
  await pipeline(Readable.from(blocks), createWriteStream(path), { signal })
  return path
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash, { signal })
  return hash.digest('hex')
}

import { createNewFile, type NewFile } from '../../adapters/files/new-file.js'
import { Disposables } from '../../async/disposables.js'
import { PeerError } from '../../errors.js'
import {
  formatOfPath,
  isEncoded,
  kindsOf,
  segmentPath,
  type EncodedFormat,
} from '../../media/recording/format.js'
import type { OpenRecordingWriter } from '../../media/recording/ports.js'
import { createRecorder, type Recorder } from '../../media/recording/recorder.js'
import type { TrackHub } from '../../media/track-hub.js'
import type { ReceivedMediaArgs } from '../options/received-media-options.js'
import { requireFfmpeg } from './require-ffmpeg.js'
import type { RunContext } from '../run.js'

/** The recordings of a run: the files are there already, the tracks come later. */
export interface Recordings extends AsyncDisposable {
  /** Records the tracks of the hub until the signal aborts. */
  start(hub: TrackHub, signal: AbortSignal): void
  /** One more: throws USAGE, FFMPEG_UNAVAILABLE, OUTPUT_EXISTS or OUTPUT_UNWRITABLE where it cannot be. */
  add(path: string): Promise<void>
  /** Those that are not completed. */
  readonly count: number
  pause(): void
  resume(): void
  /** Completes those there are now; rejects with the first reason why a file is not whole. */
  stop(): Promise<void>
  /** Resolves when every file is complete; rejects with the first reason why one is not. */
  finish(): Promise<void>
}

type RecordingArgs = ReceivedMediaArgs & { ffmpeg?: string | undefined }
type RecordingContext = Pick<RunContext, 'signal' | 'report'>

/**
 * Checks and creates what `--record` names before anything is contacted: USAGE for an unknown format,
 * FFMPEG_UNAVAILABLE where it cannot be encoded, OUTPUT_EXISTS and OUTPUT_UNWRITABLE where it cannot be written.
 */
export async function openRecordings(args: RecordingArgs, context: RecordingContext): Promise<Recordings> {
  await using opened = new Disposables()
  const recordings = opened.use(new OpenRecordings(createPlanner(args, context)))
  for (const path of args.record ?? []) await recordings.add(path)
  opened.move()
  return recordings
}

/** A file, and what records to it once there are tracks. */
interface PlannedRecording {
  /** Of the first segment, or of the whole. */
  file: NewFile
  create: () => Recorder
}

interface RunningRecording extends PlannedRecording {
  recorder: Recorder
  tap: AsyncDisposable
  stop: AbortController
  done: Promise<void>
}

class OpenRecordings implements Recordings {
  readonly #plan: (path: string) => Promise<PlannedRecording>
  #planned: PlannedRecording[] = []
  readonly #running = new Set<RunningRecording>()
  /** Completed by `stop`: what failed of them, the run failed in. */
  readonly #stopped: RunningRecording[] = []
  #place: { hub: TrackHub; signal: AbortSignal } | undefined

  constructor(plan: (path: string) => Promise<PlannedRecording>) {
    this.#plan = plan
  }

  start(hub: TrackHub, signal: AbortSignal): void {
    this.#place = { hub, signal }
    for (const planned of this.#planned.splice(0)) this.#run(planned, this.#place)
  }

  async add(path: string): Promise<void> {
    const planned = await this.#plan(path)
    if (this.#place) this.#run(planned, this.#place)
    else this.#planned.push(planned)
  }

  get count(): number {
    return this.#running.size
  }

  pause(): void {
    for (const { recorder } of this.#running) recorder.pause()
  }

  resume(): void {
    for (const { recorder } of this.#running) recorder.resume()
  }

  async stop(): Promise<void> {
    const stopped = [...this.#running]
    this.#running.clear()
    this.#stopped.push(...stopped)
    for (const { stop } of stopped) stop.abort()
    await complete(stopped)
  }

  finish(): Promise<void> {
    return complete([...this.#stopped, ...this.#running])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { file } of this.#planned) await file[Symbol.asyncDispose]()
    await this.finish().catch(() => undefined) // who finished has heard of it
  }

  #run(planned: PlannedRecording, { hub, signal }: { hub: TrackHub; signal: AbortSignal }): void {
    const recorder = planned.create()
    const stop = new AbortController()
    const tap = hub.addTap(recorder.tap, { stage: 'filtered' })
    const done = recorder.run(AbortSignal.any([signal, stop.signal]))
    this.#running.add({ ...planned, recorder, tap, stop, done })
  }
}

async function complete(recordings: readonly RunningRecording[]): Promise<void> {
  await Promise.all(recordings.map(({ done }) => done)) // a recorder never rejects
  for (const { tap, file } of recordings) {
    await tap[Symbol.asyncDispose]()
    await file[Symbol.asyncDispose]()
  }
  for (const { recorder } of recordings) if (recorder.failure) throw recorder.failure
}

/** Plans the recording to a path: its format, its encoders and its file. */
function createPlanner(
  args: RecordingArgs,
  context: RecordingContext,
): (path: string) => Promise<PlannedRecording> {
  return async (path) => {
    const format = args.recordFormat ?? formatOfPath(path)
    const ffmpeg = isEncoded(format)
      ? await findEncoder(path, format, { ffmpeg: args.ffmpeg, signal: context.signal })
      : undefined
    const file = await createFile(args.recordSegment === undefined ? path : segmentPath(path, 0), args)
    const { recordSegment: segmentMs } = args
    const { report: onEvent } = context
    const openWriter: OpenRecordingWriter = async (tracks, segment) => {
      const target = segment === 0 ? file : await createFile(segmentPath(path, segment), args)
      if (!isEncoded(format) || ffmpeg === undefined) {
        const { openWavWriter, openY4mWriter } =
          await import('../../adapters/files/uncompressed-recording.js')
        return format === 'wav' ? openWavWriter(target, tracks) : openY4mWriter(target, tracks)
      }
      const { openEncodedWriter } = await import('../../adapters/ffmpeg/encoded-recording.js')
      const bitrates = { video: args.recordVideoBitrate, audio: args.recordAudioBitrate }
      return openEncodedWriter(target, { ffmpeg, format, tracks, bitrates })
    }
    return {
      file,
      create: () =>
        createRecorder({ path: file.path, kinds: kindsOf(format), openWriter, segmentMs, onEvent }),
    }
  }
}

function createFile(path: string, { onConflict = 'fail' }: RecordingArgs): Promise<NewFile> {
  return createNewFile(path, { onConflict, option: '--record' })
}

/** Finds an ffmpeg that has the encoders of a format. */
async function findEncoder(
  path: string,
  format: EncodedFormat,
  { ffmpeg, signal }: { ffmpeg: string | undefined; signal: AbortSignal },
): Promise<string> {
  const { path: ffmpegPath, encoders } = await requireFfmpeg(`Recording ${path}`, { ffmpeg, signal })
  const { encodersOf } = await import('../../adapters/ffmpeg/recording-codecs.js')
  const missing = encodersOf(format).filter((name) => !encoders.has(name))
  if (missing.length === 0) return ffmpegPath
  throw new PeerError(
    'FFMPEG_UNAVAILABLE',
    `Recording ${path} needs the encoders ${missing.join(', ')}, which ${ffmpegPath} was built without.`,
    { hint: 'Install an ffmpeg with them, or record to another format: .y4m and .wav need none.' },
  )
}

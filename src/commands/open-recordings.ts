import { createNewFile, type NewFile } from '../adapters/files/new-file.js'
import { Disposables } from '../async/disposables.js'
import { PeerError } from '../errors.js'
import {
  formatOfPath,
  isEncoded,
  kindsOf,
  segmentPath,
  type EncodedFormat,
  type RecordingFormat,
} from '../media/recording/format.js'
import type { OpenRecordingWriter } from '../media/recording/ports.js'
import { createRecorder, type Recorder } from '../media/recording/recorder.js'
import type { TrackHub } from '../media/track-hub.js'
import type { ReceivedMediaArgs } from './received-media-options.js'
import { requireFfmpeg } from './require-ffmpeg.js'
import type { RunContext } from './run.js'

/** The recordings of a run: the files are there already, the tracks come later. */
export interface Recordings extends AsyncDisposable {
  /** Records the tracks of the hub until the signal aborts. */
  start(hub: TrackHub, signal: AbortSignal): void
  pause(): void
  resume(): void
  /** Resolves when every file is complete; rejects with the first reason why one is not. */
  finish(): Promise<void>
}

type RecordingArgs = ReceivedMediaArgs & { ffmpeg?: string | undefined }
type RecordingContext = Pick<RunContext, 'signal' | 'report'>

interface PlannedRecording {
  path: string
  format: RecordingFormat
  /** Of the first segment, or of the whole. */
  file: NewFile
}

/**
 * Checks and creates what `--record` names before anything is contacted: USAGE for an unknown format,
 * FFMPEG_UNAVAILABLE where it cannot be encoded, OUTPUT_EXISTS and OUTPUT_UNWRITABLE where it cannot be written.
 */
export async function openRecordings(args: RecordingArgs, context: RecordingContext): Promise<Recordings> {
  const paths = args.record ?? []
  const formats = paths.map((path) => args.recordFormat ?? formatOfPath(path))
  const encoded = formats.filter((format) => isEncoded(format))
  const ffmpeg =
    encoded.length > 0 ? await requireEncoders(paths[0] ?? '', encoded, args, context) : undefined
  await using opened = new Disposables()
  const planned: PlannedRecording[] = []
  for (const [index, path] of paths.entries()) {
    const format = formats[index]
    if (!format) continue
    const first = args.recordSegment === undefined ? path : segmentPath(path, 0)
    planned.push({ path, format, file: opened.use(await createFile(first, args)) })
  }
  const recorders = planned.map((plan) => createPlannedRecorder(plan, ffmpeg, args, context))
  return new OpenRecordings(recorders, opened.move())
}

class OpenRecordings implements Recordings {
  readonly #create: readonly (() => Recorder)[]
  readonly #files: Disposables
  #recorders: Recorder[] = []
  #running: Promise<unknown> = Promise.resolve()

  constructor(create: readonly (() => Recorder)[], files: Disposables) {
    this.#create = create
    this.#files = files
  }

  start(hub: TrackHub, signal: AbortSignal): void {
    this.#recorders = this.#create.map((create) => create())
    for (const { tap } of this.#recorders) hub.addTap(tap, { stage: 'filtered' })
    this.#running = Promise.all(this.#recorders.map((recorder) => recorder.run(signal)))
  }

  pause(): void {
    for (const recorder of this.#recorders) recorder.pause()
  }

  resume(): void {
    for (const recorder of this.#recorders) recorder.resume()
  }

  async finish(): Promise<void> {
    await this.#running
    for (const { failure } of this.#recorders) if (failure) throw failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running
    await this.#files[Symbol.asyncDispose]()
  }
}

function createPlannedRecorder(
  { path, format, file }: PlannedRecording,
  ffmpeg: string | undefined,
  args: RecordingArgs,
  { report }: RecordingContext,
): () => Recorder {
  const openWriter: OpenRecordingWriter = async (tracks, segment) => {
    const target = segment === 0 ? file : await createFile(segmentPath(path, segment), args)
    if (!isEncoded(format) || ffmpeg === undefined) {
      const { openWavWriter, openY4mWriter } = await import('../adapters/files/uncompressed-recording.js')
      return format === 'wav' ? openWavWriter(target, tracks) : openY4mWriter(target, tracks)
    }
    const { openEncodedWriter } = await import('../adapters/ffmpeg/encoded-recording.js')
    const bitrates = { video: args.recordVideoBitrate, audio: args.recordAudioBitrate }
    return openEncodedWriter(target, { ffmpeg, format, tracks, bitrates })
  }
  return () =>
    createRecorder({
      path: file.path,
      kinds: kindsOf(format),
      openWriter,
      segmentMs: args.recordSegment,
      onEvent: report,
    })
}

function createFile(path: string, { onConflict = 'fail' }: RecordingArgs): Promise<NewFile> {
  return createNewFile(path, { onConflict, option: '--record' })
}

/** Finds an ffmpeg that has the encoders of all formats. */
async function requireEncoders(
  path: string,
  formats: readonly EncodedFormat[],
  { ffmpeg }: RecordingArgs,
  { signal }: RecordingContext,
): Promise<string> {
  const found = await requireFfmpeg(`Recording ${path}`, { ffmpeg, signal })
  const [{ encodersOf }, { listEncoders }] = await Promise.all([
    import('../adapters/ffmpeg/recording-codecs.js'),
    import('../adapters/ffmpeg/list-encoders.js'),
  ])
  const known = await listEncoders(found.path, { signal })
  const missing = formats.flatMap((format) => encodersOf(format)).filter((name) => !known.has(name))
  if (missing.length === 0) return found.path
  throw new PeerError(
    'FFMPEG_UNAVAILABLE',
    `Recording ${path} needs the encoders ${missing.join(', ')}, which ${found.path} was built without.`,
    { hint: 'Install an ffmpeg with them, or record to another format: .y4m and .wav need none.' },
  )
}

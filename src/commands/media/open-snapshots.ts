import { createNewFile, type NewFile } from '../../adapters/files/new-file.js'
import { delay, withTimeout } from '../../async/delay.js'
import { Disposables } from '../../async/disposables.js'
import { PeerError, toPeerError } from '../../errors.js'
import { warningOf } from '../../events/outcome-events.js'
import { createFrameCatcher, type FrameCatcher } from '../../media/frame-catcher.js'
import type { VideoFrame } from '../../media/ports.js'
import { toRgb } from '../../media/rgb-picture.js'
import { segmentPath } from '../../media/recording/format.js'
import type { TrackHub } from '../../media/track-hub.js'
import { usage } from '../options/option-values.js'
import type { ReceivedMediaArgs } from '../options/received-media-options.js'
import { requireFfmpeg } from './require-ffmpeg.js'
import type { RunContext } from '../run.js'

/** Milliseconds after the first picture: by then a stream that started small and blurred is what it is meant to be. */
const DEFAULT_AT_MS = 1_000

/** Of a picture that is asked for without a name. */
const DEFAULT_PATH = 'snapshot.png'

/** A picture that does not come within this is not on its way. */
const PICTURE_TIMEOUT_MS = 3_000

/** Single pictures of what arrives. */
export interface Snapshots extends AsyncDisposable {
  /** Takes those that the options ask for, until the signal aborts. */
  start(hub: TrackHub, signal: AbortSignal): void
  /**
   * Takes the next picture that comes, now; without a path to a file of a name that is free. Rejects where none comes
   * for a while.
   */
  take(path: string | undefined, signal: AbortSignal): Promise<void>
  /** Resolves when all are written; rejects with the first reason why one is not. */
  finish(): Promise<void>
}

type SnapshotArgs = ReceivedMediaArgs & { ffmpeg?: string | undefined }
type SnapshotContext = Pick<RunContext, 'signal' | 'report'>

/**
 * Checks what `--snapshot` names before anything is contacted: USAGE for what is neither PNG nor JPEG,
 * FFMPEG_UNAVAILABLE for a JPEG without ffmpeg, OUTPUT_EXISTS and OUTPUT_UNWRITABLE.
 */
export async function openSnapshots(args: SnapshotArgs, context: SnapshotContext): Promise<Snapshots> {
  const { snapshot, snapshotAt, snapshotEvery } = args
  if (snapshot === undefined && (snapshotAt ?? snapshotEvery) !== undefined) throw nameMissing()
  await using opened = new Disposables()
  const shutter = new Shutter(args, context)
  if (snapshot === undefined) return new OpenSnapshots(shutter, undefined, opened.move())
  await shutter.prepare(snapshot)
  const first = opened.use(
    await shutter.createFile(snapshotEvery === undefined ? snapshot : segmentPath(snapshot, 0)),
  )
  const plan = {
    path: snapshot,
    first,
    atMs: snapshotAt ?? snapshotEvery ?? DEFAULT_AT_MS,
    everyMs: snapshotEvery,
  }
  return new OpenSnapshots(shutter, plan, opened.move())
}

interface SnapshotPlan {
  path: string
  first: NewFile
  /** From the first picture. */
  atMs: number
  everyMs: number | undefined
}

class OpenSnapshots implements Snapshots {
  readonly #shutter: Shutter
  readonly #plan: SnapshotPlan | undefined
  readonly #files: Disposables
  readonly #catcher: FrameCatcher = createFrameCatcher()
  #running: Promise<void> = Promise.resolve()

  constructor(shutter: Shutter, plan: SnapshotPlan | undefined, files: Disposables) {
    this.#shutter = shutter
    this.#plan = plan
    this.#files = files
  }

  start(hub: TrackHub, signal: AbortSignal): void {
    hub.addTap(this.#catcher.tap, { stage: 'filtered' })
    if (!this.#plan) return
    this.#running = this.#follow(this.#plan, signal)
    this.#running.catch(() => undefined) // `finish` tells
  }

  async take(path: string | undefined, signal: AbortSignal): Promise<void> {
    const named = path ?? DEFAULT_PATH
    await this.#shutter.prepare(named)
    await using file = await this.#shutter.createFile(named, path === undefined ? 'rename' : undefined)
    const frame = withTimeout(this.#catcher.next(signal), PICTURE_TIMEOUT_MS, () => nothingArrived(named))
    await this.#shutter.write(file, await frame)
  }

  finish(): Promise<void> {
    return this.#running
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.catch(() => undefined) // who finished has heard of it
    await this.#files[Symbol.asyncDispose]()
  }

  async #follow({ path, first, atMs, everyMs }: SnapshotPlan, signal: AbortSignal): Promise<void> {
    let firstFrame: VideoFrame | undefined
    let taken = 0
    try {
      firstFrame = await this.#catcher.next(signal)
      const startMs = performance.now()
      for (;;) {
        const dueMs = startMs + atMs + taken * (everyMs ?? 0)
        await delay(Math.max(0, dueMs - performance.now()), { signal })
        const frame = await this.#catcher.next(signal)
        await using file = taken === 0 ? first : await this.#shutter.createFile(segmentPath(path, taken))
        await this.#shutter.write(file, frame)
        taken++
        if (everyMs === undefined) return
      }
    } catch (error) {
      if (!signal.aborted) throw this.#shutter.tell(error)
      if (taken > 0) return
      // A call that ends before its time has a first picture all the same.
      if (!firstFrame) throw nothingArrived(path)
      await this.#shutter.write(first, firstFrame)
    }
  }
}

/** Makes files of pictures. */
class Shutter {
  readonly #args: SnapshotArgs
  readonly #context: SnapshotContext
  #ffmpeg: string | undefined

  constructor(args: SnapshotArgs, context: SnapshotContext) {
    this.#args = args
    this.#context = context
  }

  /** Throws where a picture of this name cannot be made. */
  async prepare(path: string): Promise<void> {
    if (!isJpeg(path) && !/\.png$/i.test(path)) {
      throw usage('--snapshot', 'must end in .png, .jpg or .jpeg', path)
    }
    if (!isJpeg(path) || this.#ffmpeg !== undefined) return
    const { ffmpeg } = this.#args
    this.#ffmpeg = (await requireFfmpeg(`Writing ${path}`, { ffmpeg, signal: this.#context.signal })).path
  }

  createFile(path: string, onConflict = this.#args.onConflict ?? 'fail'): Promise<NewFile> {
    return createNewFile(path, { onConflict, option: '--snapshot' })
  }

  async write(file: NewFile, frame: VideoFrame): Promise<void> {
    const { width, height } = frame
    const bytes = await this.#encode(file.path, frame)
    await file.append(bytes)
    this.#context.report({ event: 'snapshot', path: file.path, width, height, bytes: bytes.length })
  }

  /** Says at once what the run will end with, and gives it back. */
  tell(thrown: unknown): PeerError {
    const error = toPeerError(thrown)
    this.#context.report(warningOf(error))
    return error
  }

  async #encode(path: string, frame: VideoFrame): Promise<Uint8Array> {
    if (this.#ffmpeg !== undefined && isJpeg(path)) {
      const { encodeJpeg } = await import('../../adapters/ffmpeg/encode-jpeg.js')
      return encodeJpeg(frame, this.#ffmpeg)
    }
    const { encodePng } = await import('../../adapters/files/png.js')
    return encodePng(toRgb(frame), frame.width, frame.height)
  }
}

function isJpeg(path: string): boolean {
  return /\.jpe?g$/i.test(path)
}

function nameMissing(): PeerError {
  return new PeerError('USAGE', '--snapshot-at and --snapshot-every need --snapshot FILE.')
}

function nothingArrived(path: string): PeerError {
  return new PeerError('CHECK_FAILED', `There is no snapshot ${path}: the peer sent no video.`, {
    hint: 'Does the other side send something, such as with --video bars?',
  })
}

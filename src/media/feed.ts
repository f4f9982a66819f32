import { aborted } from '../async/abortable.js'
import { pace, type PaceClock } from '../async/pace.js'
import {
  i420Bytes,
  type AudioBlock,
  type AudioOutput,
  type AudioSource,
  type AudioStage,
  type MediaMoment,
  type VideoFrame,
  type VideoOutput,
  type VideoSource,
  type VideoStage,
} from './ports.js'

/** `paused` writes nothing and holds the source where it is; `muted` writes black or silence while the source goes on. */
export type FeedMode = 'live' | 'paused' | 'muted'

export interface FeedCounters {
  /** Pictures or blocks written to the track. */
  written: number
  /** What is not written because this process or the source was late. */
  dropped: number
  /** Slots for which the source had nothing new. */
  missed: number
}

export interface RunFeedOptions {
  signal: AbortSignal
  /** When slot 0 is due; feeds that start at the same moment keep step. */
  startMs?: number
  /** Called each time a source has come to its end. */
  onEnded?: () => void
}

export interface FeedOptions<Stage> {
  /** Applied to everything the source gives, in order. */
  stages?: readonly Stage[]
  clock?: PaceClock
}

export type VideoFeed = Feed<VideoSource, VideoStage>
export type AudioFeed = Feed<AudioSource, AudioStage>

/** A picture that is older than one frame is of no use to anyone: show the moment instead. */
const VIDEO_MAX_CATCH_UP = 1

/** Milliseconds; libwebrtc takes audio in blocks of 10 ms only. */
const AUDIO_BLOCK_MS = 10

/** 200 ms: a busy event loop must not be heard as gaps; the receiver's jitter buffer takes the burst. */
const AUDIO_MAX_CATCH_UP = 20

const MONOTONIC_CLOCK: Pick<PaceClock, 'now'> = { now: () => performance.now() }

/** Owns the source from now on, and writes its pictures through the stages to the track at their rate. */
export function createVideoFeed(
  source: VideoSource,
  output: Pick<VideoOutput, 'write'>,
  { stages = [], clock }: FeedOptions<VideoStage> = {},
): VideoFeed {
  const ownFrame = createScratchFrame()
  const black = createScratchFrame()
  return new Feed(source, stages, {
    clock,
    maxCatchUp: VIDEO_MAX_CATCH_UP,
    intervalMs: ({ size }) => 1000 / size.frameRate,
    write(from, moment, through, isMuted) {
      const drawn = from.draw(moment.index)
      if (drawn === null) return false
      const frame = isMuted ? blacken(black(drawn.width, drawn.height)) : drawn
      output.write(through.length === 0 ? frame : throughStages(copyFrame(frame, ownFrame), through, moment))
      return true
    },
    passOver: (from, index) => from.draw(index),
  })
}

/** Owns the source from now on, and writes its blocks through the stages to the track, one each 10 ms. */
export function createAudioFeed(
  source: AudioSource,
  output: Pick<AudioOutput, 'write'>,
  { stages = [], clock }: FeedOptions<AudioStage> = {},
): AudioFeed {
  return new Feed(source, stages, {
    clock,
    maxCatchUp: AUDIO_MAX_CATCH_UP,
    intervalMs: () => AUDIO_BLOCK_MS,
    write(from, moment, through, isMuted) {
      const block = from.next(moment.index)
      if (block === null) return false
      const heard = isMuted ? { ...block, samples: new Int16Array(block.samples.length) } : block
      output.write(through.length === 0 ? heard : throughStages(copyBlock(heard), through, moment))
      return true
    },
    passOver: (from, index) => from.next(index),
  })
}

interface AnySource extends AsyncDisposable {
  readonly ended: Promise<void>
  readonly dropped: number | null
}

interface FeedKind<Source, Stage> {
  clock: PaceClock | undefined
  maxCatchUp: number
  intervalMs: (source: Source) => number
  /** Writes what is due; false where there was nothing. */
  write: (source: Source, moment: MediaMoment, stages: readonly Stage[], isMuted: boolean) => boolean
  /** Takes what is due and leaves it; a source that makes what it is asked for is not even asked. */
  passOver: (source: Source, index: number) => void
}

/** Keeps one outgoing track fed, whatever is behind it: the source can be replaced, held and silenced while it runs. */
class Feed<Source extends AnySource, Stage> implements AsyncDisposable {
  readonly #kind: FeedKind<Source, Stage>
  readonly #now: () => number
  #source: Source
  #stages: readonly Stage[]
  #mode: FeedMode = 'live'
  /** Aborts when the source or the mode is another one. */
  #turn = new AbortController()
  /** When slot 0 of the source is (or was) due. */
  #originMs: number | undefined
  #pausedAtMs: number | undefined
  #nextIndex = 0
  #maxPerSecond: number | undefined
  #endedSource: Source | undefined
  #written = 0
  /** Slots of a source that makes what it is asked for; any other one counts itself what it passes over. */
  #passedOver = 0
  #missed = 0
  #droppedBySourcesBefore = 0

  constructor(source: Source, stages: readonly Stage[], kind: FeedKind<Source, Stage>) {
    this.#source = source
    this.#stages = stages
    this.#kind = kind
    this.#now = () => (kind.clock ?? MONOTONIC_CLOCK).now()
  }

  get source(): Source {
    return this.#source
  }

  get counters(): FeedCounters {
    return {
      written: this.#written,
      dropped: this.#passedOver + this.#droppedBySourcesBefore + (this.#source.dropped ?? 0),
      missed: this.#missed,
    }
  }

  get mode(): FeedMode {
    return this.#mode
  }

  set mode(mode: FeedMode) {
    if (mode === this.#mode) return
    if (mode === 'paused') this.#pausedAtMs = this.#now()
    if (this.#mode === 'paused') this.#resume()
    this.#mode = mode
    this.#nextTurn()
  }

  /** At most so many pictures a second are written, evenly; undefined writes all. What is left out is not `dropped`. */
  set maxPerSecond(maxPerSecond: number | undefined) {
    this.#maxPerSecond = maxPerSecond
  }

  /** Another source behind the same track, from its beginning; the one before is disposed. Its stages are kept unless given. */
  async switchTo(
    source: Source,
    { atMs = this.#now(), stages = this.#stages }: { atMs?: number; stages?: readonly Stage[] } = {},
  ): Promise<void> {
    const before = this.#source
    this.#stages = stages
    this.#droppedBySourcesBefore += before.dropped ?? 0
    this.#source = source
    this.#originMs = atMs
    this.#nextIndex = 0
    if (this.#mode === 'paused') this.#pausedAtMs = atMs
    this.#nextTurn()
    await before[Symbol.asyncDispose]()
  }

  /** Feeds the track until `signal` aborts, then resolves; rejects with the PeerError of a source that broke. */
  async run({ signal, startMs = this.#now(), onEnded }: RunFeedOptions): Promise<void> {
    this.#originMs = startMs
    if (this.#mode === 'paused') this.#pausedAtMs = startMs
    while (!signal.aborted) {
      const turn = AbortSignal.any([signal, this.#turn.signal])
      if (this.#mode !== 'paused') await this.#playTurn(turn, onEnded)
      await aborted(turn)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]()
  }

  /** Until the turn or the source is over. */
  async #playTurn(turn: AbortSignal, onEnded: (() => void) | undefined): Promise<void> {
    const source = this.#source
    const stop = new AbortController()
    const pacing = pace({
      intervalMs: this.#kind.intervalMs(source),
      maxCatchUp: this.#kind.maxCatchUp,
      startMs: this.#originMs,
      firstIndex: this.#nextIndex,
      onTick: (index) => this.#writeSlot(source, index),
      clock: this.#kind.clock,
      signal: AbortSignal.any([turn, stop.signal]),
    })
    const ending = source.ended.then(() => {
      if (this.#endedSource !== source && !turn.aborted) onEnded?.()
      this.#endedSource = source
    })
    try {
      await Promise.race([pacing, ending])
    } finally {
      stop.abort()
      await pacing.catch(() => undefined) // its failure, if it was the first, is thrown already
    }
  }

  #writeSlot(source: Source, index: number): void {
    if (source.dropped === null) this.#passedOver += index - this.#nextIndex
    this.#nextIndex = index + 1
    if (!this.#isWanted(source, index)) {
      if (source.dropped !== null) this.#kind.passOver(source, index)
      return
    }
    const moment = { index, sequence: this.#written }
    if (this.#kind.write(source, moment, this.#stages, this.#mode === 'muted')) this.#written++
    else this.#missed++
  }

  /** Of each second the wanted share of its slots. */
  #isWanted(source: Source, index: number): boolean {
    if (this.#maxPerSecond === undefined) return true
    const share = (this.#maxPerSecond * this.#kind.intervalMs(source)) / 1000
    const wantedBefore = (slot: number) => Math.ceil(slot * share - 1e-6)
    return share >= 1 || wantedBefore(index + 1) > wantedBefore(index)
  }

  #resume(): void {
    if (this.#originMs !== undefined && this.#pausedAtMs !== undefined)
      this.#originMs += this.#now() - this.#pausedAtMs
    this.#pausedAtMs = undefined
  }

  #nextTurn(): void {
    const turn = this.#turn
    this.#turn = new AbortController()
    turn.abort()
  }
}

function throughStages<Item>(
  item: Item,
  stages: readonly ((item: Item, moment: MediaMoment) => Item)[],
  moment: MediaMoment,
): Item {
  return stages.reduce((current, stage) => stage(current, moment), item)
}

/** A frame that is used again and again, as long as the size stays. */
function createScratchFrame(): (width: number, height: number) => VideoFrame {
  let frame: VideoFrame | undefined
  return (width, height) => {
    if (frame?.width !== width || frame.height !== height)
      frame = { width, height, data: new Uint8Array(i420Bytes(width, height)) }
    return frame
  }
}

function copyFrame(frame: VideoFrame, ownFrame: (width: number, height: number) => VideoFrame): VideoFrame {
  const copy = ownFrame(frame.width, frame.height)
  copy.data.set(frame.data)
  return copy
}

function copyBlock(block: AudioBlock): AudioBlock {
  return { ...block, samples: block.samples.slice() }
}

/** Black in limited range (ITU-R BT.601): luma 16, no colour. */
function blacken(frame: VideoFrame): VideoFrame {
  frame.data.fill(16, 0, frame.width * frame.height)
  frame.data.fill(128, frame.width * frame.height)
  return frame
}

import type { RemoteTrack } from '../session/ports.js'
import type { FrameFilter } from './filter/frame-filter.js'
import type { AudioBlock, VideoFrame } from './ports.js'

/**
 * One use of one received track. Called as pictures and sound arrive (`arrivalMs` on the monotonic clock, because the
 * binding's frames carry no timestamps). A frame or block is valid during the call only: whoever keeps it copies it.
 * The calls must neither wait nor throw. Disposed when the track ends.
 */
export interface TrackConsumer extends AsyncDisposable {
  onFrame?(frame: VideoFrame, arrivalMs: number): void
  onBlock?(block: AudioBlock, arrivalMs: number): void
}

/** Asked once for each track: gives what takes it, or undefined where this use has none for it. */
export type TrackTap = (track: RemoteTrack) => TrackConsumer | undefined

/** Where in the way of a picture a tap sits: as it was decoded, or after the receive filters. */
export type TapStage = 'received' | 'filtered'

/** Opens the one native sink of a track; implemented by the adapter of the binding. */
export type OpenTrackSink = (
  track: RemoteTrack,
  calls: Required<Pick<TrackConsumer, 'onFrame' | 'onBlock'>>,
) => AsyncDisposable

export interface TrackHubOptions {
  openSink: OpenTrackSink
  /** Gives the receive filter of a video track, where there is one. */
  filterOf?: (track: RemoteTrack) => FrameFilter | undefined
}

/** Every received track has one sink, and everything that wants its frames or sound takes them from here. */
export interface TrackHub extends AsyncDisposable {
  /** Offers the tap every track there is and every one to come, until what is returned is disposed. */
  addTap(tap: TrackTap, options?: { stage?: TapStage }): AsyncDisposable
  /** Opens the sink of a track; a track that came before and comes again takes its own place. */
  addTrack(track: RemoteTrack): Promise<void>
}

/** A hub without tracks and taps. */
export function createTrackHub(options: TrackHubOptions): TrackHub {
  return new Hub(options)
}

interface Tap {
  tap: TrackTap
  stage: TapStage
}

class Hub implements TrackHub {
  readonly #options: TrackHubOptions
  readonly #taps = new Set<Tap>()
  readonly #tracks = new Map<string, TappedTrack>()
  #state: 'open' | 'closed' = 'open'

  constructor(options: TrackHubOptions) {
    this.#options = options
  }

  addTap(tap: TrackTap, { stage = 'received' }: { stage?: TapStage } = {}): AsyncDisposable {
    const added = { tap, stage }
    this.#taps.add(added)
    for (const tapped of this.#tracks.values()) tapped.connect(added)
    return {
      [Symbol.asyncDispose]: async () => {
        this.#taps.delete(added)
        await Promise.all(Array.from(this.#tracks.values(), (tapped) => tapped.disconnect(added)))
      },
    }
  }

  async addTrack(track: RemoteTrack): Promise<void> {
    const before = this.#tracks.get(track.id)
    this.#tracks.delete(track.id)
    await before?.[Symbol.asyncDispose]()
    if (this.#state === 'closed') return
    const tapped = new TappedTrack(track, this.#options.filterOf?.(track))
    this.#tracks.set(track.id, tapped)
    // All taps first: the first picture is everybody's.
    for (const tap of this.#taps) tapped.connect(tap)
    tapped.open(this.#options.openSink)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed'
    const tracks = Array.from(this.#tracks.values())
    this.#tracks.clear()
    await Promise.all(tracks.map((tapped) => tapped[Symbol.asyncDispose]()))
  }
}

class TappedTrack implements AsyncDisposable {
  readonly #track: RemoteTrack
  readonly #filter: FrameFilter | undefined
  readonly #consumers = new Map<Tap, TrackConsumer>()
  #sink: AsyncDisposable | undefined

  constructor(track: RemoteTrack, filter: FrameFilter | undefined) {
    this.#track = track
    this.#filter = filter
  }

  connect(added: Tap): void {
    const consumer = added.tap(this.#track)
    if (consumer) this.#consumers.set(added, consumer)
  }

  async disconnect(removed: Tap): Promise<void> {
    const consumer = this.#consumers.get(removed)
    this.#consumers.delete(removed)
    await consumer?.[Symbol.asyncDispose]()
  }

  open(openSink: OpenTrackSink): void {
    this.#sink = openSink(this.#track, {
      onFrame: (frame, arrivalMs) => this.#onFrame(frame, arrivalMs),
      onBlock: (block, arrivalMs) => {
        for (const consumer of this.#consumers.values()) consumer.onBlock?.(block, arrivalMs)
      },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink?.[Symbol.asyncDispose]()
    await Promise.all(Array.from(this.#consumers.keys(), (tap) => this.disconnect(tap)))
  }

  #onFrame(frame: VideoFrame, arrivalMs: number): void {
    let filtered: VideoFrame | undefined
    for (const [{ stage }, consumer] of this.#consumers) {
      if (!consumer.onFrame) continue
      const shown = stage === 'received' ? frame : (filtered ??= this.#filter?.(frame) ?? frame)
      consumer.onFrame(shown, arrivalMs)
    }
  }
}

import { aborted } from '../../async/abortable.js'
import { deferred } from '../../async/deferred.js'
import { Disposables } from '../../async/disposables.js'
import { whileOpening } from '../../async/while-opening.js'
import { PeerError } from '../../errors.js'
import type { ReportEvent } from '../../events.js'
import { adaptVideo, type AdaptedVideo } from '../../media/adaptation/adapt-video.js'
import type { FeedMode } from '../../media/feed.js'
import type { MediaAnnouncement } from '../../session/control-message.js'
import type { PeerConnection } from '../../session/ports.js'
import type { MediaKind } from '../../sdp/media-kind.js'
import type { MediaPlan } from './media-plan.js'
import { loadBinding } from '../session/open-session.js'
import { openSources, sharedInput, type SourcePlans } from './open-sources.js'
import { createSentAudio, createSentVideo, type SentAudio, type SentVideo } from './sent-track.js'

export interface StartOptions {
  signal: AbortSignal
  /** Called when the peer should be told anew what is sent. */
  onChange?: () => void
}

/** What is silenced of a track; both at once is a track that is still muted when it is resumed. */
export interface Hush {
  muted?: boolean
  paused?: boolean
}

export interface OutgoingMedia extends AsyncDisposable {
  /** What the peer is told of it. */
  readonly announcement: MediaAnnouncement
  /** What is sent. */
  readonly kinds: readonly MediaKind[]
  /** Resolves when a source on standard input has come to its end; never without one. */
  readonly inputDone: Promise<void>
  /** Adds the tracks; called again for each new connection. */
  addTracks(connection: PeerConnection): void
  /** Feeds the tracks until the signal aborts, then resolves; rejects with the PeerError of a source that broke. */
  start(options: StartOptions): Promise<void>
  /**
   * Sends this source from now on: behind the track of its kind, or on a new one that is negotiated; where the other
   * kind is of the same one, both begin anew. Rejects with the PeerError of a source that cannot be opened; the one
   * before goes on then.
   */
  switchTo(kind: MediaKind, source: string, options: { signal: AbortSignal }): Promise<void>
  /** Mutes, pauses, and ends that; USAGE where nothing of the kind is sent. */
  hush(kind: MediaKind, change: Hush): void
  /** Bounds what is sent, in bits per second; undefined lifts it. USAGE where nothing of the kind is sent. */
  limit(kind: MediaKind, maxBitrate: number | undefined): Promise<void>
}

/** Opens the sources of the plan and a native track for each; throws the PeerError of a source before that. */
export async function openOutgoingMedia(
  plan: MediaPlan,
  context: { signal: AbortSignal; report: ReportEvent },
): Promise<OutgoingMedia> {
  await using opened = new Disposables()
  const media = opened.use(new SentMedia(plan, context))
  await media.open()
  opened.move()
  return media
}

class SentMedia implements OutgoingMedia {
  readonly #plan: MediaPlan
  readonly #signal: AbortSignal
  readonly #report: ReportEvent
  readonly #hush = { video: { muted: false, paused: false }, audio: { muted: false, paused: false } }
  readonly #inputDone = deferred()
  readonly #failed = deferred<never>()
  readonly #runs = new Set<Promise<void>>()
  #video: SentVideo | undefined
  #audio: SentAudio | undefined
  #connection: PeerConnection | undefined
  #running: StartOptions | undefined

  constructor(plan: MediaPlan, { signal, report }: { signal: AbortSignal; report: ReportEvent }) {
    this.#plan = plan
    this.#signal = signal
    this.#report = report
    this.#failed.promise.catch(() => undefined) // `start` tells
  }

  get announcement(): MediaAnnouncement {
    return { video: this.#video?.announce() ?? null, audio: this.#audio?.announce() ?? null }
  }

  get kinds(): readonly MediaKind[] {
    return [...(this.#audio ? ['audio' as const] : []), ...(this.#video ? ['video' as const] : [])]
  }

  get inputDone(): Promise<void> {
    return this.#inputDone.promise
  }

  async open(): Promise<void> {
    const { video, audio } = this.#plan
    if (!video && !audio) return
    // The native library takes its time to load, and so does a file to open.
    const binding = loadBinding()
    binding.catch(() => undefined)
    await using opened = new Disposables()
    const sources = await openSources(this.#plan, { ...this.#plan, signal: this.#signal })
    for (const source of [sources.video, sources.audio]) if (source) opened.use(source)
    const { openAudioOutput, openVideoOutput } = await binding
    if (audio && sources.audio) this.#audio = createSentAudio(audio, sources.audio, openAudioOutput())
    if (video && sources.video) this.#video = createSentVideo(video, sources.video, openVideoOutput())
    opened.move()
    for (const track of this.#tracks) this.#report(track.describe('opened'))
  }

  addTracks(connection: PeerConnection): void {
    this.#connection = connection
    for (const { sending } of this.#tracks) sending.addTo(connection)
  }

  async start(options: StartOptions): Promise<void> {
    // One moment for all: sound and picture of one file keep step.
    const startMs = performance.now()
    this.#running = options
    for (const track of this.#tracks) this.#run(track, startMs)
    await Promise.race([aborted(options.signal), this.#failed.promise])
    await Promise.all(this.#runs)
  }

  async switchTo(kind: MediaKind, name: string, { signal }: { signal: AbortSignal }): Promise<void> {
    if (name === '-')
      throw new PeerError('USAGE', 'Standard input cannot become a source of a running session.')
    const plans = this.#withSharing(
      kind === 'video' ? { video: this.#plan.planVideo(name) } : { audio: this.#plan.planAudio(name) },
    )
    // The command is over once the source is open; the source plays on as long as the run.
    const sources = await whileOpening(signal, (opening) =>
      openSources(plans, { ...this.#plan, signal: AbortSignal.any([this.#signal, opening]) }),
    )
    const { openAudioOutput, openVideoOutput } = await loadBinding()
    const startMs = performance.now()
    const disposing: Promise<void>[] = []
    if (plans.video && sources.video) {
      const before = this.#video
      this.#video = before ?? createSentVideo(plans.video, sources.video, openVideoOutput())
      if (before) disposing.push(before.switchTo(plans.video, sources.video, startMs))
      else this.#add(this.#video, startMs)
      this.#report(this.#video.describe('opened'))
    }
    if (plans.audio && sources.audio) {
      const before = this.#audio
      this.#audio = before ?? createSentAudio(plans.audio, sources.audio, openAudioOutput())
      if (before) disposing.push(before.switchTo(plans.audio, sources.audio, startMs))
      else this.#add(this.#audio, startMs)
      this.#report(this.#audio.describe('opened'))
    }
    this.#running?.onChange?.()
    await Promise.all(disposing)
  }

  hush(kind: MediaKind, change: Hush): void {
    const { sending, plan } = this.#sent(kind)
    const { feed } = sending
    const hush = Object.assign(this.#hush[kind], change)
    const mode: FeedMode = hush.paused ? 'paused' : hush.muted ? 'muted' : 'live'
    if (feed.mode === mode) return
    feed.mode = mode
    this.#report({ event: 'track-change', side: 'local', kind, mode, source: plan.name })
    this.#running?.onChange?.()
  }

  async limit(kind: MediaKind, maxBitrate: number | undefined): Promise<void> {
    await this.#sent(kind).sending.setParameters({ maxBitrate })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const track of this.#tracks) await track[Symbol.asyncDispose]()
  }

  get #tracks(): (SentVideo | SentAudio)[] {
    return [...(this.#audio ? [this.#audio] : []), ...(this.#video ? [this.#video] : [])]
  }

  #sent(kind: MediaKind): SentVideo | SentAudio {
    const track = kind === 'video' ? this.#video : this.#audio
    if (track) return track
    throw new PeerError('USAGE', `No ${kind} is sent.`, { hint: `/${kind} SOURCE sends some.` })
  }

  /** What is sent of the other kind from the same file begins anew with it: decoded apart they would not keep step. */
  #withSharing(asked: SourcePlans): SourcePlans {
    const both = { video: asked.video ?? this.#video?.plan, audio: asked.audio ?? this.#audio?.plan }
    return both.video && both.audio && sharedInput(both.video, both.audio) ? both : asked
  }

  /** The peer has never had a track of this kind: adding it asks for a negotiation. */
  #add(track: SentVideo | SentAudio, startMs: number): void {
    if (this.#connection) track.sending.addTo(this.#connection)
    this.#run(track, startMs)
  }

  #run(track: SentVideo | SentAudio, startMs: number): void {
    if (!this.#running) return
    const { signal } = this.#running
    const run = Promise.all([this.#feed(track, { startMs, signal }), this.#adapt(track, signal)]).then(
      () => undefined,
      (error: unknown) => this.#failed.reject(error),
    )
    this.#runs.add(run)
  }

  async #feed(
    track: SentVideo | SentAudio,
    { startMs, signal }: { startMs: number; signal: AbortSignal },
  ): Promise<void> {
    const onEnded = () => {
      this.#report(track.describe('ended'))
      if (track.plan.name === '-') this.#inputDone.resolve()
    }
    await track.sending.feed.run({ startMs, signal, onEnded })
    this.#report(track.describe('closed'))
  }

  async #adapt(track: SentVideo | SentAudio, signal: AbortSignal): Promise<void> {
    if (track !== this.#video) return
    const preference = this.#plan.degradationPreference
    const onAdapted = (adapted: AdaptedVideo) =>
      this.#report({ event: 'adaptation', kind: 'video', ...adapted })
    await adaptVideo(this.#video.sending, { preference, onAdapted, signal })
  }
}

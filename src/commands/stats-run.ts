import { abortable } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import { Disposables } from '../async/disposables.js'
import { pumpMessages, TRAFFIC_CHANNEL } from '../bench/steady-traffic.js'
import { readKeys } from '../terminal/keys.js'
import type { Session } from '../session/session.js'
import type { Role } from '../signaling/message.js'
import { openLocalPair } from './session/open-local-pair.js'
import { openPeer } from './session/open-session.js'
import type { DurationArgs, PeerArgs } from './options/options.js'
import { feedTracks } from './media/feed-tracks.js'
import type { MediaArgs } from './options/media-options.js'
import { readMediaOptions } from './media/media-plan.js'
import { openOutgoingMedia, type OutgoingMedia } from './media/outgoing-media.js'
import type { PictureArgs } from './options/picture-options.js'
import type { ExpectArgs } from './options/expect-options.js'
import { runMeasured, type MeasuredContext } from './outputs/expectations.js'
import type { SendingArgs } from './options/sending-options.js'
import { readSendingOptions, withoutDirection } from './media/sending-plan.js'
import type { StatsDetailArgs } from './options/stats-options.js'
import { watchMedia } from './media/watch-media.js'
import { leaveMeasured, watchStats } from './outputs/watch-stats.js'
import { openTrackHub, watchTracks } from './media/watch-tracks.js'

const DEFAULT_INTERVAL_MS = 1_000

export type StatsCommandArgs = PeerArgs &
  MediaArgs &
  PictureArgs &
  SendingArgs &
  ExpectArgs &
  Partial<StatsDetailArgs> &
  DurationArgs & { interval?: number | undefined }

/** `stats`: with a room one peer of two, without one both. */
export async function runStats(args: StatsCommandArgs): Promise<void> {
  const keys = isWatched(args) ? 'p pairs  Ctrl-C ends' : undefined
  await runMeasured(
    args,
    (context) => (args.room === undefined ? watchBothPeers(args, context) : watchRoom(args, context)),
    { keys },
  )
}

/** Whether a person looks at it, who can press keys. */
function isWatched({ json = false }: StatsCommandArgs): boolean {
  return !json && process.stdin.isTTY && process.stdout.isTTY
}

async function watchRoom(args: StatsCommandArgs, context: MeasuredContext): Promise<void> {
  const tuning = await readSendingOptions(args)
  await using media = await openOutgoingMedia(readMediaOptions(args), context)
  await using peer = await openPeer(
    args,
    {
      role: 'answerer',
      verb: 'stats',
      features: ['stats', 'media'],
      tuning,
      setUp: (connection) => media.addTracks(connection),
    },
    context,
  )
  const feeding = feedTracks(media, peer.session, context.signal)
  await watch(peer.session, feeding, args, context)
}

/** Both peers send data, video and audio, so that every row has figures. */
async function watchBothPeers(args: StatsCommandArgs, context: MeasuredContext): Promise<void> {
  const plan = readMediaOptions({ ...args, video: args.video ?? 'bars', audio: args.audio ?? 'tone' })
  // Standard input has one reader: the side that is looked at sends it.
  const { video = 'bars', audio = 'tone' } = withoutInput(args)
  const peerPlan = readMediaOptions({ ...args, video, audio })
  const tuning = await readSendingOptions(args)
  const stop = new AbortController()
  const ending = AbortSignal.any([context.signal, stop.signal])
  const silent = { ...context, signal: ending, report: () => undefined, journal: undefined }
  await using opened = new Disposables()
  const media: Record<Role, OutgoingMedia> = {
    offerer: opened.use(await openOutgoingMedia(plan, context)),
    answerer: opened.use(await openOutgoingMedia(peerPlan, silent)),
  }
  const { local, remote } = opened.use(
    await openLocalPair(
      args,
      {
        verb: 'stats',
        features: ['stats', 'media'],
        tuning: { offerer: tuning, answerer: withoutDirection(tuning) },
        setUp: (connection, role) => {
          media[role].addTracks(connection)
          const channel = connection.createDataChannel(TRAFFIC_CHANNEL.label, TRAFFIC_CHANNEL.init)
          void pumpMessages(channel, ending) // never rejects
        },
      },
      context,
    ),
  )
  const feeding = feedTracks(media.offerer, local, ending)
  void feedTracks(media.answerer, remote, ending) // what fails there ends the session
  const decoding = watchTracks(remote, opened.use(await openTrackHub([])), silent)
  try {
    await watch(local, feeding, args, context)
  } finally {
    stop.abort()
    await decoding.catch(() => undefined)
  }
}

function withoutInput({ video, audio }: StatsCommandArgs): Pick<StatsCommandArgs, 'video' | 'audio'> {
  const named = (source: string | undefined) => (source === '-' ? undefined : source)
  return { video: named(video), audio: named(audio) }
}

async function watch(
  session: Session,
  feeding: Promise<void>,
  args: StatsCommandArgs,
  context: MeasuredContext,
): Promise<void> {
  const { signal } = context
  const details = { ...args }
  const keys = isWatched(args) ? readPairsKey(details) : undefined
  const side = { intervalMs: args.interval ?? DEFAULT_INTERVAL_MS, details }
  await using hub = await openTrackHub([])
  const watching = Promise.all([
    watchStats(session, side, context),
    watchTracks(session, hub, context),
    watchMedia(session, hub, side, context),
  ])
  const ended = abortable(session.ended, signal)
  const lasted = args.duration === undefined ? ended : delay(args.duration, { signal })
  try {
    await Promise.race([ended, lasted, watching.then(() => ended), feeding.then(() => ended)])
    if (session.signal.aborted) {
      const end = await session.ended
      if (end.how === 'lost') throw end.error
    }
  } finally {
    keys?.[Symbol.dispose]()
    await leaveMeasured(session, watching, context)
  }
}

/** `p` shows and hides the candidate pairs, from the next sample on. */
function readPairsKey(details: StatsCommandArgs): Disposable {
  return readKeys(process.stdin, {
    onKey(key) {
      if (key === 'p') details.pairs = !(details.pairs ?? false)
    },
    onInterrupt: () => process.kill(process.pid, 'SIGINT'),
  })
}

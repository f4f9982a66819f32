import { abortable } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import { Disposables } from '../async/disposables.js'
import { pumpMessages, TRAFFIC_CHANNEL } from '../bench/steady-traffic.js'
import { readKeys } from '../terminal/keys.js'
import type { Session } from '../session/session.js'
import { journalConnections } from '../session/journalled-connection.js'
import { openSession } from '../session/open-session.js'
import type { Role } from '../signaling/message.js'
import { createLocalRoom } from '../signaling/local-room.js'
import { openPath } from './impaired-path.js'
import { loadBinding, openPeer, readIceOptions } from './open-session.js'
import type { DurationArgs, PeerArgs } from './options.js'
import { feedTracks } from './feed-tracks.js'
import type { MediaArgs } from './media-options.js'
import { readMediaOptions } from './media-plan.js'
import { openOutgoingMedia, type OutgoingMedia } from './outgoing-media.js'
import type { PictureArgs } from './picture-options.js'
import type { ExpectArgs } from './expect-options.js'
import { runMeasured, type MeasuredContext } from './expectations.js'
import type { SendingArgs } from './sending-options.js'
import { readSendingOptions, withoutDirection } from './sending-plan.js'
import { tuneConnections } from '../session/tuned-connection.js'
import type { StatsDetailArgs } from './stats-options.js'
import { watchMedia } from './watch-media.js'
import { leaveMeasured, watchStats } from './watch-stats.js'
import { openTrackHub, watchTracks } from './watch-tracks.js'

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
  const tuning = await readSendingOptions(args)
  const ice = readIceOptions(args)
  const { createPeerConnection } = await loadBinding()
  await using opened = new Disposables()
  const path = opened.use(await openPath(args, ice.configuration.iceServers, context.report))
  const [offererRoom, answererRoom] = createLocalRoom('stats')
  const stop = new AbortController()
  const ending = AbortSignal.any([context.signal, stop.signal])

  const open = async (role: Role, room: typeof offererRoom) => {
    const media: OutgoingMedia = opened.use(
      await openOutgoingMedia(plan, {
        ...context,
        report: role === 'offerer' ? context.report : () => undefined,
      }),
    )
    const session = opened.use(
      await openSession(
        room,
        {
          ...ice,
          role,
          verb: 'stats',
          features: ['stats', 'media'],
          // The link between the two is one link: it is enough that one of them sends and receives through it.
          createPeerConnection: tuneConnections(
            journalConnections(
              role === 'offerer' ? path.through(createPeerConnection) : createPeerConnection,
              context.journal,
              { name: role === 'offerer' ? 'local' : 'remote' },
            ),
            role === 'offerer' ? tuning : withoutDirection(tuning),
          ),
          connectTimeoutMs: args.connectTimeout,
          setUp: (connection) => {
            media.addTracks(connection)
            const channel = connection.createDataChannel(TRAFFIC_CHANNEL.label, TRAFFIC_CHANNEL.init)
            void pumpMessages(channel, ending)
          },
        },
        // One process, two peers: only the local one's story is told.
        { signal: context.signal, onEvent: role === 'offerer' ? context.report : () => undefined },
      ),
    )
    return { session, feeding: feedTracks(media, session, ending) }
  }

  const [{ session: local, feeding }, { session: remote }] = await Promise.all([
    open('offerer', offererRoom),
    open('answerer', answererRoom),
  ])
  void remote.ended.then(() => remote.leave('done')) // leave never rejects
  const silent = { ...context, signal: ending, report: () => undefined, journal: undefined }
  const decoding = watchTracks(remote, opened.use(await openTrackHub([])), silent)
  try {
    await watch(local, feeding, args, context)
  } finally {
    stop.abort()
    await decoding.catch(() => undefined)
  }
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

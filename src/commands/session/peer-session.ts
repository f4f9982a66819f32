import { delay } from '../../async/delay.js'
import { PeerError } from '../../errors.js'
import type { DataChannel, PeerConnection } from '../../session/ports.js'
import type { Role } from '../../signaling/message.js'
import { converse } from './conversation.js'
import { readDataChannelOptions } from '../options/data-channel-options.js'
import { openReceivedMedia } from '../media/received-media.js'
import { openPeer } from './open-session.js'
import type { DataChannelArgs, DurationArgs, PeerArgs, StatsArgs } from '../options/options.js'
import { feedTracks } from '../media/feed-tracks.js'
import type { MediaArgs } from '../options/media-options.js'
import { readMediaOptions, readsInput } from '../media/media-plan.js'
import { openOutgoingMedia } from '../media/outgoing-media.js'
import { readFilters, type PictureArgs, type ReceivedPictureArgs } from '../options/picture-options.js'
import type { ExpectArgs } from '../options/expect-options.js'
import { runMeasured, type MeasuredContext } from '../outputs/expectations.js'
import type { ReceivedMediaArgs } from '../options/received-media-options.js'
import type { SendingArgs } from '../options/sending-options.js'
import { createPerformer } from './perform-command.js'
import { sessionInput, type SessionInput, type SessionInputArgs } from './session-input.js'
import { rejectUnclearFiles, SessionFiles } from './session-files.js'
import type { SessionFilesArgs } from '../options/session-files-options.js'
import { readSendingOptions } from '../media/sending-plan.js'
import type { StatsDetailArgs } from '../options/stats-options.js'
import { watchMedia } from '../media/watch-media.js'
import { leaveMeasured, watchStats } from '../outputs/watch-stats.js'
import { openTrackHub, watchTracks } from '../media/watch-tracks.js'

export type PeerSessionArgs = PeerArgs &
  DataChannelArgs &
  MediaArgs &
  PictureArgs &
  SendingArgs &
  ReceivedPictureArgs &
  StatsArgs &
  Partial<StatsDetailArgs> &
  ExpectArgs &
  ReceivedMediaArgs &
  DurationArgs &
  SessionInputArgs &
  SessionFilesArgs

/** `offer` and `answer`: one session with chat, tracks and statistics side by side until one of the ends comes. */
export async function runPeerSession(args: PeerSessionArgs, role: Role): Promise<void> {
  await runMeasured(args, (context) => holdSession(args, role, context))
}

async function holdSession(args: PeerSessionArgs, role: Role, context: MeasuredContext): Promise<void> {
  if (args.room === undefined && role === 'answerer') throw roomMissing()
  const plan = readDataChannelOptions(args)
  const mediaPlan = readMediaOptions(args)
  const input = sessionInput(args, { isSource: readsInput(mediaPlan) })
  rejectUnclearFiles(args)
  const receiveFilters = readFilters(args.receiveFilter, '--receive-filter')
  const tuning = await readSendingOptions(args)
  let negotiated: DataChannel | undefined

  await using received = await openReceivedMedia(args, context)
  await using media = await openOutgoingMedia(mediaPlan, context)
  await using peer = await openPeer(
    args,
    {
      role,
      verb: role === 'offerer' ? 'offer' : 'answer',
      peerVerb: 'answer --room',
      features: ['chat', 'files', 'media', 'stats'],
      tuning,
      setUp: (connection: PeerConnection) => {
        media.addTracks(connection)
        negotiated = plan.init.negotiated ? connection.createDataChannel(plan.label, plan.init) : undefined
      },
    },
    context,
  )
  const { session } = peer
  await using files = new SessionFiles({ peer, args, canAsk: input.from === 'commands' }, context)
  await using hub = await openTrackHub(receiveFilters)
  received.start(hub, AbortSignal.any([context.signal, session.signal]))
  const feeding = feedTracks(media, session, context.signal)
  const side = { intervalMs: args.stats, details: args }
  const watching = Promise.all([
    watchTracks(session, hub, context),
    watchMedia(session, hub, side, context),
    watchStats(session, side, context),
  ])

  const over = new AbortController()
  const conversation = converse(
    {
      session,
      plan,
      negotiated,
      messages: args.message ?? [],
      input,
      perform: createPerformer({ session, media, received, files, details: args }, context),
      stays: readsInput(mediaPlan) || (isSilent(input) && args.duration !== undefined),
    },
    { signal: AbortSignal.any([context.signal, over.signal]), report: context.report },
  )

  try {
    await Promise.race([
      conversation,
      lasted(args.duration, context.signal),
      failureOf(watching),
      failureOf(feeding),
      media.inputDone,
    ])
  } finally {
    await leaveMeasured(session, watching, context)
    over.abort(new PeerError('PEER_LOST', 'The session is over.'))
    await conversation.catch(() => undefined) // it, or what ended it, has been told
  }
  await received.finish()
}

function isSilent(input: SessionInput): boolean {
  return input.from === 'lines' && input.kind === 'none'
}

function lasted(durationMs: number | undefined, signal: AbortSignal): Promise<void> {
  return durationMs === undefined ? new Promise(() => undefined) : delay(durationMs, { signal })
}

/** Only the failure of a watcher ends a session, not that it has nothing more to watch. */
async function failureOf(watching: Promise<unknown>): Promise<void> {
  await watching
  await new Promise(() => undefined)
}

function roomMissing(): PeerError {
  return new PeerError(
    'USAGE',
    '--room is missing: answer needs the name of the room the other side is in.',
    {
      hint: 'webrtc-cli answer --room NAME',
    },
  )
}

import { abortable } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import { runChat } from '../chat/chat.js'
import { CHAT_CHANNEL } from '../chat/chat-message.js'
import { PeerError } from '../errors.js'
import type { DataChannel, PeerConnection } from '../session/ports.js'
import type { Session } from '../session/session.js'
import type { Role } from '../signaling/message.js'
import { chatInputKind, chatLines } from './chat-input.js'
import { readDataChannelOptions, type ChatChannelPlan } from './data-channel-options.js'
import { openReceivedMedia } from './received-media.js'
import { openPeer } from './open-session.js'
import type { DataChannelArgs, DurationArgs, PeerArgs, StatsArgs } from './options.js'
import { feedTracks } from './feed-tracks.js'
import type { MediaArgs } from './media-options.js'
import { readMediaOptions } from './media-plan.js'
import { openOutgoingMedia, type OutgoingMedia } from './outgoing-media.js'
import { readFilters, type PictureArgs, type ReceivedPictureArgs } from './picture-options.js'
import type { ExpectArgs } from './expect-options.js'
import { runMeasured, type MeasuredContext } from './expectations.js'
import type { ReceivedMediaArgs } from './received-media-options.js'
import type { RunContext } from './run.js'
import type { SendingArgs } from './sending-options.js'
import { readSendingOptions } from './sending-plan.js'
import type { StatsDetailArgs } from './stats-options.js'
import { watchMedia } from './watch-media.js'
import { leaveMeasured, watchStats } from './watch-stats.js'
import { openTrackHub, watchTracks } from './watch-tracks.js'

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
  DurationArgs & { message?: string[] | undefined }

/** `offer` and `answer`: one session with chat, tracks and statistics side by side until one of the ends comes. */
export async function runPeerSession(args: PeerSessionArgs, role: Role): Promise<void> {
  await runMeasured(args, (context) => holdSession(args, role, context))
}

async function holdSession(args: PeerSessionArgs, role: Role, context: MeasuredContext): Promise<void> {
  if (args.room === undefined && role === 'answerer') throw roomMissing()
  const plan = readDataChannelOptions(args)
  const mediaPlan = readMediaOptions(args)
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
      features: ['chat', 'media', 'stats'],
      tuning,
      setUp: (connection: PeerConnection) => {
        media.addTracks(connection)
        negotiated = plan.init.negotiated ? connection.createDataChannel(plan.label, plan.init) : undefined
      },
    },
    context,
  )
  const { session } = peer
  await using hub = await openTrackHub(receiveFilters)
  received.start(hub, AbortSignal.any([context.signal, session.signal]))
  const feeding = feedTracks(media, session, context.signal)
  const side = { intervalMs: args.stats, details: args }
  const watching = Promise.all([
    watchTracks(session, hub, context),
    watchMedia(session, hub, side, context),
    watchStats(session, side, context),
  ])

  try {
    await Promise.race([
      chatUntilDone({ args, plan, session, negotiated, media }, context),
      lasted(args.duration, context.signal),
      failureOf(watching),
      failureOf(feeding),
      media.inputDone,
    ])
  } finally {
    await leaveMeasured(session, watching, context)
  }
  await received.finish()
}

interface ChatPlace {
  args: PeerSessionArgs
  plan: ChatChannelPlan
  session: Session
  negotiated: DataChannel | undefined
  media: OutgoingMedia
}

/** Resolves when the peer said bye or the input is done; rejects when the peer is lost. */
async function chatUntilDone(place: ChatPlace, { signal, report }: RunContext): Promise<void> {
  const { args, session, media } = place
  const messages = args.message ?? []
  // Scripts give their words with --message; standard input is then nobody's, or that of a media source.
  const input = messages.length > 0 || media.readsInput ? 'none' : chatInputKind()
  const ended = abortable(session.ended, signal).then((end) => {
    if (end.how === 'lost') throw end.error
  })
  ended.catch(() => undefined)
  if (!session.peerHello.features.includes('chat')) {
    if (messages.length > 0) throw noChat(session.peerHello.verb)
    return ended
  }
  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  try {
    const channel = await Promise.race([chatChannel(place, ending), ended])
    if (!channel) return
    const leaving = session.ended
    const peerName = session.peer.name
    const lines = chatLines(input, ending)
    await runChat(channel, { messages, lines, input, peerName, leaving }, { signal: ending, onEvent: report })
    if (media.readsInput || (input === 'none' && args.duration !== undefined)) await ended
    else await Promise.race([ended, session.leave('done')])
  } catch (error) {
    // Closed under the chat: the session knows whether that was a bye or a loss.
    if (session.signal.aborted) return ended
    throw error
  } finally {
    stop.abort(new PeerError('PEER_LOST', 'The chat is over.'))
  }
}

/** The side that initiates opens the channel in-band; with --negotiated-id both have it already. */
async function chatChannel(
  { plan, session, negotiated }: ChatPlace,
  signal: AbortSignal,
): Promise<DataChannel | undefined> {
  if (negotiated) return negotiated
  if (session.initiator) return session.createDataChannel(plan.label, plan.init)
  for await (const channel of session.incomingDataChannels({ signal })) {
    if (channel.protocol === (plan.init.protocol ?? CHAT_CHANNEL.protocol)) return channel
  }
  return undefined
}

function lasted(durationMs: number | undefined, signal: AbortSignal): Promise<void> {
  return durationMs === undefined ? new Promise(() => undefined) : delay(durationMs, { signal })
}

/** Only the failure of a watcher ends a session, not that it has nothing more to watch. */
async function failureOf(watching: Promise<unknown>): Promise<void> {
  await watching
  await new Promise(() => undefined)
}

function noChat(verb: string): PeerError {
  return new PeerError('PEER_INCOMPATIBLE', `The peer runs "${verb}", which does not chat.`, {
    hint: 'Start offer on one side and answer on the other.',
  })
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

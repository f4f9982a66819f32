import { abortable } from '../../async/abortable.js'
import { withTimeout } from '../../async/delay.js'
import { PeerError } from '../../errors.js'
import type { Feature } from '../../session/control-message.js'
import type { PeerConnection } from '../../session/ports.js'
import type { Session } from '../../session/session.js'
import type { Role } from '../../signaling/message.js'
import type { ExpectArgs } from '../options/expect-options.js'
import type { MeasuredContext } from '../outputs/expectations.js'
import { openPeer, type OpenPeer } from './open-session.js'
import type { PeerArgs, StatsArgs } from '../options/options.js'
import { leaveMeasured, watchStats } from '../outputs/watch-stats.js'

/** The other side leaves first, once it knows; one that does not is not waited for longer. */
const GOODBYE_TIMEOUT_MS = 2_000

/** What every verb takes that moves bytes. */
export type TransferArgs = PeerArgs & StatsArgs & ExpectArgs

export interface OpenTransferOptions<Channels> {
  role: Role
  verb: Feature
  /** What the other side has to run. */
  peerVerb: Feature
  /** Makes the channels before the first offer. */
  createChannels: (connection: PeerConnection) => Channels
}

export interface OpenTransfer<Channels> extends AsyncDisposable {
  peer: OpenPeer
  channels: Channels
  /** Aborts with the run and with the session. */
  signal: AbortSignal
}

/** Joins the room and connects to a peer that runs the counterpart; disposing takes a last sample and says bye. */
export async function openTransfer<Channels>(
  args: TransferArgs,
  { role, verb, peerVerb, createChannels }: OpenTransferOptions<Channels>,
  context: MeasuredContext,
): Promise<OpenTransfer<Channels>> {
  let channels: Channels | undefined
  const setUp = (connection: PeerConnection) => {
    channels = createChannels(connection)
  }
  const peer = await openPeer(args, { role, verb, features: [verb, 'stats'], peerVerb, setUp }, context)
  const { session } = peer
  try {
    if (!channels) throw new PeerError('INTERNAL', 'The transfer channels were not set up.')
    expectPeer(session, peerVerb, verb)
    const watched = { intervalMs: args.stats, details: args, associations: peer.associations }
    const watching = watchStats(session, watched, context)
    watching.catch(() => undefined)
    const signal = AbortSignal.any([context.signal, session.signal])
    const close = async () => {
      await leaveMeasured(session, watching, context)
      await peer[Symbol.asyncDispose]()
    }
    return { peer, channels, signal, [Symbol.asyncDispose]: close }
  } catch (error) {
    await peer[Symbol.asyncDispose]()
    throw error
  }
}

/** Resolves when the other side has left, or does not. */
export async function goodbye(
  session: Session,
  { timeoutMs = GOODBYE_TIMEOUT_MS, signal }: { timeoutMs?: number; signal: AbortSignal },
): Promise<void> {
  const ended = abortable(session.ended, signal)
  await withTimeout(ended, timeoutMs, () => new Error('no bye')).catch(() => undefined)
}

/** Standard output carries the data; a TAP document in it would break both. */
export function rejectTap({ tap }: ExpectArgs, option: string): void {
  if (!tap) return
  throw new PeerError('USAGE', `--tap and ${option} both want standard output.`, {
    hint: 'With --junit FILE the result goes to a file.',
  })
}

function expectPeer({ peerHello }: Session, feature: Feature, verb: string): void {
  if (peerHello.features.includes(feature)) return
  throw new PeerError(
    'PEER_INCOMPATIBLE',
    `The peer runs "${peerHello.verb}", ${verb} needs "${feature}" there.`,
    {
      hint: `Start ${feature} on the other side.`,
    },
  )
}

import { randomInt } from 'node:crypto'
import { readSystemLimits } from '../../adapters/system/limits.js'
import { Disposables } from '../../async/disposables.js'
import { PeerError, toError } from '../../errors.js'
import { CANDIDATE_TYPES } from '../../sdp/ice-candidate.js'
import type { CandidatePolicy } from '../../session/candidate.js'
import type { PeerConnection } from '../../session/ports.js'
import type { Journal } from '../../session/journal.js'
import { journalConnections } from '../../session/journalled-connection.js'
import { createRtcConfiguration } from '../../session/rtc-configuration.js'
import { openSession } from '../../session/open-session.js'
import { tuneConnections } from '../../session/tuned-connection.js'
import type { MediaTuning } from '../../sdp/tune-description.js'
import type { Session, SessionOptions } from '../../session/session.js'
import type { Role } from '../../signaling/message.js'
import { joinRoom } from '../../signaling/join-room.js'
import { AssociationTotals } from '../../stats/association-totals.js'
import type { AssociationConnection } from '../../transfer/open-association.js'
import { readIceServers } from '../options/ice-servers.js'
import { openPath } from './impaired-path.js'
import { openSignalingPlace } from './open-signaling-channel.js'
import type { IceArgs, PeerArgs } from '../options/options.js'
import type { RunContext } from '../run.js'

/** 79 bits in an alphabet without look-alikes: nobody guesses a room that exists for minutes. */
const ROOM_ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const ROOM_GROUPS = 4
const ROOM_GROUP_LENGTH = 4

/** Sockets of one more connection on a host with several addresses (31 were measured with two). */
const FILES_PER_ASSOCIATION = 32

export interface OpenPeerOptions extends Pick<SessionOptions, 'verb' | 'features'> {
  role: Role
  /** The line the other side types when the room's name was made up here. */
  peerVerb?: string
  /** How media is sent. */
  tuning?: MediaTuning | undefined
  /** Adds channels and tracks before the first offer. */
  setUp?: (connection: PeerConnection) => void
}

export type OpenPeerContext = RunContext & {
  /** Gets what happens to every connection to the peer. */
  journal?: Journal
}

export interface OpenPeer extends AsyncDisposable {
  session: Session
  /** How further connections to the same peer are made. */
  connection: AssociationConnection
  /** What those carry. */
  associations: AssociationTotals
}

/** Reads the ICE options into what a session takes; throws USAGE before anything is contacted. */
export function readIceOptions(args: IceArgs) {
  const candidatePolicy: CandidatePolicy = {
    types: args.candidateTypes ?? CANDIDATE_TYPES,
    tcp: args.iceTcp ?? false,
    ipv6: !(args.noIpv6 ?? false),
  }
  const configuration = createRtcConfiguration({
    iceServers: readIceServers(args),
    iceTransportPolicy: args.iceTransportPolicy,
    bundlePolicy: args.bundlePolicy,
    rtcpMuxPolicy: args.rtcpMuxPolicy,
    iceCandidatePoolSize: args.iceCandidatePoolSize,
    portRange: args.portRange,
  })
  return { configuration, candidatePolicy, trickle: !(args.noTrickle ?? false) }
}

/**
 * Joins the room of the options and connects to the peer there. The only place where adapters meet engines.
 * What it returns says bye and closes everything in reverse when disposed.
 */
export async function openPeer(
  args: PeerArgs,
  options: OpenPeerOptions,
  context: OpenPeerContext,
): Promise<OpenPeer> {
  const ice = readIceOptions(args)
  const { role, verb, features, peerVerb, setUp, tuning } = options
  const { signal, report } = context
  // The native library takes its time to load; the server can be looked for meanwhile.
  const binding = loadBinding()
  binding.catch(() => undefined)

  await using opened = new Disposables()
  const place = opened.use(await openSignalingPlace(args, context))
  const roomName = args.room ?? createRoomName()
  context.waitingFor(`the signaling server at ${place.url}`)
  const room = opened.use(
    await joinRoom(
      place.open,
      { room: roomName, role, name: args.peerName ?? null },
      { signal, onEvent: report },
    ),
  )
  report({
    event: 'room',
    room: roomName,
    peerId: room.peerId,
    role,
    ...(args.room === undefined
      ? { code: roomName, command: peerCommand(peerVerb ?? verb, roomName, args) }
      : {}),
  })

  const { iceServers = [], ...rest } = ice.configuration
  const configuration = { ...rest, iceServers: iceServers.length > 0 ? iceServers : room.iceServers }
  const path = opened.use(await openPath(args, configuration.iceServers, report))
  // Outside: the journal has the descriptions as the native library gets them.
  const createPeerConnection = tuneConnections(
    journalConnections(path.through((await binding).createPeerConnection), context.journal),
    tuning,
  )
  const session = opened.use(
    await openSession(
      room,
      {
        ...ice,
        role,
        verb,
        features,
        setUp,
        createPeerConnection,
        configuration,
        connectTimeoutMs: args.connectTimeout,
        onPhase: (phase) => context.waitingFor(describePhase(phase, roomName, place.url)),
      },
      { signal, onEvent: report },
    ),
  )
  context.waitingFor('the session to end')
  const owned = opened.move()
  const associations = new AssociationTotals()
  return {
    session,
    associations,
    connection: {
      createPeerConnection: associations.through(createPeerConnection),
      configuration,
      candidatePolicy: ice.candidatePolicy,
      tcp:
        !args.impair &&
        configuration.iceTransportPolicy !== 'relay' &&
        ice.candidatePolicy.types.includes('host'),
      limit: associationLimit((await readSystemLimits()).openFiles),
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

/** Half of what the process may open is left to everything else; unknown is what a stock Linux allows. */
function associationLimit(openFiles: number | null): number {
  return Math.max(1, Math.floor((openFiles ?? 1024) / 2 / FILES_PER_ASSOCIATION))
}

/** Loads the native binding; BINDING_UNAVAILABLE where there is none for this platform. */
export async function loadBinding() {
  try {
    return await import('../../adapters/wrtc/index.js')
  } catch (cause) {
    throw new PeerError(
      'BINDING_UNAVAILABLE',
      `The native WebRTC library cannot be loaded on ${process.platform}-${process.arch}: ${toError(cause).message}`,
      {
        hint: 'Reinstall webrtc-cli with its optional dependencies; @roamhq/wrtc has builds for glibc Linux, macOS and Windows.',
        cause,
      },
    )
  }
}

function createRoomName(): string {
  const letter = () => ROOM_ALPHABET.charAt(randomInt(ROOM_ALPHABET.length))
  const group = () => Array.from({ length: ROOM_GROUP_LENGTH }, letter).join('')
  return Array.from({ length: ROOM_GROUPS }, group).join('-')
}

function peerCommand(peerVerb: string, code: string, args: PeerArgs): string {
  const server =
    args.signal === undefined || args.signal.startsWith('embedded') ? '' : ` --signal ${args.signal}`
  return `webrtc-cli ${peerVerb} ${code}${server}`
}

function describePhase(phase: 'waiting' | 'negotiating', room: string, url: string): string {
  return phase === 'waiting' ? `a peer in room "${room}" on ${url}` : 'the connection to the peer'
}

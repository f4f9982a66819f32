import { Disposables } from '../../async/disposables.js'
import type { Feature } from '../../session/control-message.js'
import { journalConnections } from '../../session/journalled-connection.js'
import { openSession } from '../../session/open-session.js'
import type { PeerConnection } from '../../session/ports.js'
import type { Session } from '../../session/session.js'
import { createLocalRoom } from '../../signaling/local-room.js'
import type { Role } from '../../signaling/message.js'
import { tuneConnections } from '../../session/tuned-connection.js'
import type { MediaTuning } from '../../sdp/tune-description.js'
import { openPath } from './impaired-path.js'
import { loadBinding, readIceOptions, type OpenPeerContext } from './open-session.js'
import type { PeerArgs } from '../options/options.js'

export interface OpenLocalPairOptions {
  verb: Feature
  features: readonly Feature[]
  /** How either side sends its media. */
  tuning?: Readonly<Record<Role, MediaTuning | undefined>>
  /** Adds channels and tracks to either connection before the offer. */
  setUp: (connection: PeerConnection, role: Role) => void
}

/** Two peers connected to each other in this process; disposing the pair closes both. */
export interface LocalPair extends AsyncDisposable {
  local: Session
  remote: Session
}

/** Connects two peers of this process, without any server; only the local one's story is told. */
export async function openLocalPair(
  args: PeerArgs,
  { verb, features, tuning, setUp }: OpenLocalPairOptions,
  { signal, report, journal }: OpenPeerContext,
): Promise<LocalPair> {
  const ice = readIceOptions(args)
  const { createPeerConnection } = await loadBinding()
  await using opened = new Disposables()
  // The link between the two is one link: it is enough that one of them sends and receives through it.
  const path = opened.use(await openPath(args, ice.configuration.iceServers, report))
  const [offererRoom, answererRoom] = createLocalRoom(verb)
  const open = async (role: Role): Promise<Session> =>
    opened.use(
      await openSession(
        role === 'offerer' ? offererRoom : answererRoom,
        {
          ...ice,
          role,
          verb,
          features,
          createPeerConnection: tuneConnections(
            journalConnections(
              role === 'offerer' ? path.through(createPeerConnection) : createPeerConnection,
              journal,
              { name: role === 'offerer' ? 'local' : 'remote' },
            ),
            tuning?.[role],
          ),
          connectTimeoutMs: args.connectTimeout,
          setUp: (connection) => setUp(connection, role),
        },
        { signal, onEvent: role === 'offerer' ? report : () => undefined },
      ),
    )
  const [local, remote] = await Promise.all([open('offerer'), open('answerer')])
  void remote.ended.then(() => remote.leave('done')) // leave never rejects
  const owned = opened.move()
  return { local, remote, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() }
}

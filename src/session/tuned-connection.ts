import { tuneLocalDescription, tuneRemoteDescription, type MediaTuning } from '../sdp/tune-description.js'
import type { CreatePeerConnection, PeerConnection } from './ports.js'

/** Makes connections whose descriptions are tuned on their way: those made here, and those of the peer. */
export function tuneConnections(
  create: CreatePeerConnection,
  tuning: MediaTuning | undefined,
): CreatePeerConnection {
  if (tuning === undefined) return create
  return (configuration, onEvent) => tuned(create(configuration, onEvent), tuning)
}

/** What else the port has, and gets, goes to the connection as it is. */
function tuned(connection: PeerConnection, tuning: MediaTuning): PeerConnection {
  const local = ({ type, sdp = '' }: RTCSessionDescriptionInit): RTCSessionDescriptionInit => ({
    type,
    sdp: tuneLocalDescription(sdp, tuning),
  })
  const changed: Partial<PeerConnection> = {
    createOffer: async () => local(await connection.createOffer()),
    createAnswer: async () => local(await connection.createAnswer()),
    setRemoteDescription: async ({ type, sdp = '' }) =>
      connection.setRemoteDescription({ type, sdp: tuneRemoteDescription(sdp, tuning) }),
  }
  return new Proxy(connection, {
    get(target, property) {
      const own: unknown = Reflect.get(changed, property)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

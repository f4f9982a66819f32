import { createTurnCredentials } from '../../check/turn-credentials.js'
import { parseIceServer } from '../../session/ice-server.js'
import type { IceArgs } from './options.js'

/**
 * The ICE servers that the options name; those of TURN that came without credentials get some out of
 * `--turn-secret`. Throws USAGE where one is malformed.
 */
export function readIceServers({ iceServer = [], turnSecret }: Pick<IceArgs, 'iceServer' | 'turnSecret'>) {
  return iceServer.map((given): RTCIceServer => {
    const server = parseIceServer(given, { credentialsFollow: turnSecret !== undefined })
    const needsCredentials = /^turns?:/.test([server.urls].flat()[0] ?? '') && server.username === undefined
    return needsCredentials && turnSecret !== undefined
      ? { ...server, ...createTurnCredentials(turnSecret) }
      : server
  })
}

import { listenSignaling } from '../adapters/websocket/listen.js'
import { aborted } from '../async/abortable.js'
import { createRoomServer } from '../server/room-server.js'
import { DEFAULT_SIGNALING_HOST, DEFAULT_SIGNALING_PORT } from './session/open-signaling-channel.js'
import { run, type RunArgs } from './run.js'
import { version } from './version.js'

export interface ServeArgs extends RunArgs {
  host?: string | undefined
  port?: number | undefined
  maxPeers?: number | undefined
  allowOrigin?: string[] | undefined
  token?: string | undefined
}

/** `serve`: relays signaling until it is interrupted. */
export async function runServe(args: ServeArgs): Promise<void> {
  await run(args, async ({ signal, report, waitingFor }) => {
    await using listener = await listenSignaling(
      {
        host: args.host ?? DEFAULT_SIGNALING_HOST,
        port: args.port ?? DEFAULT_SIGNALING_PORT,
        server: createRoomServer({ version, maxPeersPerRoom: args.maxPeers }),
        allowOrigins: args.allowOrigin,
        token: args.token,
      },
      { signal, onEvent: report },
    )
    report({ event: 'listening', url: listener.url, embedded: false })
    waitingFor('clients')
    await aborted(signal)
    throw signal.reason
  })
}

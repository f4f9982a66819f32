import { openNetwork } from '../adapters/net/network.js'
import { listInterfaces } from '../adapters/system/interfaces.js'
import { checkNetwork } from '../check/check-network.js'
import { tryConnectivity } from '../check/connectivity.js'
import type { CheckArgs } from './options/check-options.js'
import { readIceServers } from './options/ice-servers.js'
import { loadBinding } from './session/open-session.js'
import { readCertificates } from './session/open-signaling-channel.js'
import { openTurnBridge } from './session/turn-bridge.js'
import { run } from './run.js'

/** `check`: what the network lets peers do; 1 where a server, or every path, fails. */
export async function runCheck(args: CheckArgs): Promise<void> {
  await run(args, async ({ signal, report, waitingFor }) => {
    const iceServers = readIceServers(args)
    const ipv6 = !(args.noIpv6 ?? false)
    const ca = args.ca === undefined ? undefined : await readCertificates(args.ca)
    const network = openNetwork({ ca })
    waitingFor('the servers to answer')
    report({ event: 'check-network', interfaces: listInterfaces() })
    // The native library takes its time to load; the servers are asked meanwhile.
    const binding = loadBinding()
    binding.catch(() => undefined)
    await using bridge = await openTurnBridge(iceServers, args)
    const { ok } = await checkNetwork({
      iceServers,
      network,
      ipv6,
      tryConnectivity: async (type, { hopeless }) =>
        tryConnectivity(type, {
          createPeerConnection: bridge.through((await binding).createPeerConnection),
          iceServers,
          ipv6,
          hopeless,
          signal,
        }),
      signal,
      onEvent: report,
    })
    return ok ? 0 : 1
  })
}

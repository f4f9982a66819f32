import { Disposables } from '../../async/disposables.js'
import { listTargets } from '../../check/server-target.js'
import { bridgeConnections, type BridgedServer } from '../../session/bridged-connection.js'
import type { CreatePeerConnection } from '../../session/ports.js'
import { readCertificates } from './open-signaling-channel.js'
import type { SignalingArgs } from '../options/options.js'

export interface TurnBridge extends AsyncDisposable {
  /** Makes connections for which `turns:` works with every authority that Node knows or `--ca` names. */
  through(create: CreatePeerConnection): CreatePeerConnection
}

/**
 * libwebrtc trusts only the few authorities it was built with, and no private one. So each `turns:` server gets a
 * port on loopback, from where Node carries the connection over TLS.
 */
export async function openTurnBridge(
  iceServers: readonly RTCIceServer[],
  args: Pick<SignalingArgs, 'ca'>,
): Promise<TurnBridge> {
  const targets = listTargets(iceServers).filter(
    ({ kind, transport }) => kind === 'turn' && transport === 'tls',
  )
  await using opened = new Disposables()
  const bridges: BridgedServer[] = []
  if (targets.length > 0) {
    const ca = args.ca === undefined ? undefined : await readCertificates(args.ca)
    const { openTlsBridge } = await import('../../adapters/net/turn-bridge.js')
    for (const { url, host, port } of targets) {
      const bridge = opened.use(await openTlsBridge({ host, port }, { ca }))
      const failure = () =>
        bridge.failure ? `${bridge.failure.message}. ${bridge.failure.hint ?? ''}`.trim() : undefined
      bridges.push({ url, port: bridge.port, failure })
    }
  }
  const owned = opened.move()
  return {
    through: (create) => bridgeConnections(create, bridges),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

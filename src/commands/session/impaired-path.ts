import type { ImpairedLink } from '../../adapters/udp/impaired-link.js'
import type { PeerEventOf, ReportEvent } from '../../events.js'
import type { Impairment } from '../../impair/impairment.js'
import type { CreatePeerConnection } from '../../session/ports.js'
import type { IceArgs, SignalingArgs } from '../options/options.js'
import { openTurnBridge } from './turn-bridge.js'

/** Where a run's connections go through. */
export interface Path extends AsyncDisposable {
  through(create: CreatePeerConnection): CreatePeerConnection
}

/**
 * With `--impair` the link that all connections of the run share; reports what it did when it is disposed, which is
 * after them. Without, the network as it is, and a bridge to the TURN servers over TLS.
 */
export async function openPath(
  { impair: impairment, portRange, ca }: Pick<IceArgs, 'impair' | 'portRange'> & Pick<SignalingArgs, 'ca'>,
  iceServers: readonly RTCIceServer[] | undefined,
  report: ReportEvent,
): Promise<Path> {
  if (!impairment) return openTurnBridge(iceServers ?? [], { ca })
  const { openImpairedLink } = await import('../../adapters/udp/impaired-link.js')
  const link = await openImpairedLink(impairment, {
    iceServers,
    portRange,
    onLeftOut: (url, why) =>
      report({
        event: 'warning',
        code: 'SERVER_LEFT_OUT',
        message: `The ICE server ${url} is not used: ${why}.`,
        hint: 'Give a TURN server over UDP, or leave --impair away.',
      }),
  })
  return {
    through: (create) => link.impair(create),
    async [Symbol.asyncDispose]() {
      report(describeLink(impairment, link.counts))
      await link[Symbol.asyncDispose]()
    },
  }
}

function describeLink(
  impairment: Impairment,
  { outgoing, incoming }: ImpairedLink['counts'],
): PeerEventOf<'impairment'> {
  const { queueMs, rateBitsPerSecond, ...rest } = impairment
  return {
    event: 'impairment',
    ...rest,
    rate: rateBitsPerSecond,
    queueMs: rateBitsPerSecond === null ? null : queueMs,
    outgoing,
    incoming,
  }
}

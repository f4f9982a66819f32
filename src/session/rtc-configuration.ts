import { PeerError } from '../errors.js'

export const ICE_TRANSPORT_POLICIES = ['all', 'relay'] as const
export const BUNDLE_POLICIES = ['balanced', 'max-compat', 'max-bundle'] as const
export const RTCP_MUX_POLICIES = ['require', 'negotiate'] as const

export interface RtcConfigurationOptions {
  iceServers: RTCIceServer[]
  iceTransportPolicy?: (typeof ICE_TRANSPORT_POLICIES)[number]
  bundlePolicy?: (typeof BUNDLE_POLICIES)[number]
  rtcpMuxPolicy?: (typeof RTCP_MUX_POLICIES)[number]
  /** 0 to 255 (W3C webrtc §4.2.1). */
  iceCandidatePoolSize?: number
  /** Nonstandard: local UDP and TCP ports to use. */
  portRange?: { min: number; max: number }
}

/** The RTCConfiguration for the options, once they make sense together; the single values were read before. */
export function createRtcConfiguration(options: RtcConfigurationOptions): RTCConfiguration {
  const { iceServers, portRange, ...rest } = options
  const hasTurn = iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)))
  if (options.iceTransportPolicy === 'relay' && !hasTurn) {
    throw new PeerError('USAGE', '--ice-transport-policy relay needs a TURN server, none was given.', {
      hint: 'Add --ice-server turn:user:password@host:port.',
    })
  }
  const defined = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return { iceServers, ...defined, ...(portRange ? { portRange } : {}) }
}

import { createRequire } from 'node:module'
import type { MediaKind } from '../../sdp/media-kind.js'
import { binding } from './binding.js'

export interface CodecCapability {
  /** `video/VP8`. */
  mimeType: string
  clockRate: number
  channels?: number
  sdpFmtpLine?: string
}

export interface CodecCapabilities {
  codecs: CodecCapability[]
  /** URIs. */
  headerExtensions: string[]
}

interface NativeCapabilities {
  codecs: CodecCapability[]
  headerExtensions: { uri: string }[]
}

interface NativeCapabilitiesReader {
  getCapabilities: (kind: MediaKind) => NativeCapabilities | null
}

/** What the native library can send or receive of a kind; needs no connection. */
export function readCodecCapabilities(direction: 'send' | 'receive', kind: MediaKind): CodecCapabilities {
  const { RTCRtpSender, RTCRtpReceiver } = binding as unknown as Record<string, NativeCapabilitiesReader>
  const reader = direction === 'send' ? RTCRtpSender : RTCRtpReceiver
  const { codecs = [], headerExtensions = [] } = reader?.getCapabilities(kind) ?? {}
  return { codecs, headerExtensions: headerExtensions.map(({ uri }) => uri) }
}

/** The description of an offer with nothing but a data channel in it; nothing is gathered or contacted. */
export async function describeDataChannel(): Promise<string> {
  const connection = new binding.RTCPeerConnection({ iceServers: [] })
  try {
    connection.createDataChannel('capabilities')
    return (await connection.createOffer()).sdp ?? ''
  } finally {
    connection.close()
  }
}

/** The version of the native library's package; null where it does not say. */
export function readLibraryVersion(): string | null {
  try {
    const { version }: { version?: unknown } = createRequire(import.meta.url)('@roamhq/wrtc/package.json')
    return typeof version === 'string' ? version : null
  } catch {
    return null
  }
}

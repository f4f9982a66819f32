const GOOGLE = 'http://www.webrtc.org/experiments/rtp-hdrext/'
const IETF = 'urn:ietf:params:rtp-hdrext:'

/** The names people use, for what the last part of the URI does not say. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01': 'transport-wide-cc',
  [`${GOOGLE}transport-wide-cc-02`]: 'transport-wide-cc-02',
  [`${IETF}ssrc-audio-level`]: 'audio-level',
  [`${IETF}csrc-audio-level`]: 'mixer-to-client-audio-level',
  [`${IETF}sdes:rtp-stream-id`]: 'rid',
  [`${IETF}sdes:repaired-rtp-stream-id`]: 'repaired-rid',
  'urn:3gpp:video-orientation': 'video-orientation',
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension':
    'dependency-descriptor',
}

/** `transport-wide-cc`, `mid`, `abs-send-time`: how an RTP header extension is called in conversation. */
export function headerExtensionName(uri: string): string {
  const known = Object.hasOwn(SHORT_NAMES, uri) ? SHORT_NAMES[uri] : undefined
  if (known !== undefined) return known
  const last = uri.split(/[/:#]/).findLast((part) => part !== '')
  return last ?? uri
}

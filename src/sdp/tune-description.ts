import { PeerError } from '../errors.js'
import type { MediaKind } from './media-kind.js'
import { parseSdp, type ParsedMedia } from './parse-sdp.js'

/** How the media of one kind is to be sent and received. */
export interface KindTuning {
  /** Names as in `a=rtpmap`, the best first, in any case; the first that the other side has is used. */
  codecs?: readonly string[] | undefined
  /** What is left of what was negotiated; the peer is told in every description (RFC 8829 §5.2.1). */
  direction?: 'sendrecv' | 'sendonly' | 'recvonly' | undefined
  /** Opus in two channels (RFC 7587 §6.1). */
  stereo?: boolean | undefined
  /** The bandwidth lines that ask the peer to send no more (RFC 8866 §5.8), without the `b=`: `AS:500`. */
  bandwidth?: readonly string[] | undefined
}

export type MediaTuning = Readonly<Record<MediaKind, KindTuning>>

/** What repairs or accompanies a codec and carries nothing by itself. */
export const AUXILIARY_CODECS: readonly string[] = [
  'rtx',
  'red',
  'ulpfec',
  'flexfec-03',
  'cn',
  'telephone-event',
]

/** The description that this side gives: the codec it prefers, in stereo, and what the peer may send. */
export function tuneLocalDescription(sdp: string, tuning: MediaTuning): string {
  return tuneSections(sdp, tuning, (section, kind) => {
    preferCodecs(section, kind.codecs)
    if (kind.stereo) addOpusParameters(section, STEREO)
    restrictDirection(section, kind.direction)
    for (const line of kind.bandwidth ?? []) replaceBandwidth(section, line)
  })
}

/**
 * The peer's description as libwebrtc is to understand it, which chooses what is sent by it: the first codec. Throws CONFIGURATION where the peer takes none of the codecs that were asked for.
 */
export function tuneRemoteDescription(sdp: string, tuning: MediaTuning): string {
  return tuneSections(sdp, tuning, (section, kind) => {
    if (!preferCodecs(section, kind.codecs)) throw notTaken(section.parsed, kind.codecs ?? [])
    if (kind.stereo) addOpusParameters(section, STEREO)
  })
}

/** The codecs of an m-section that carry media, each once, in its order. */
function mediaCodecsOf({ rtp }: ParsedMedia): string[] {
  const names = rtp.map(({ codec }) => String(codec))
  return [...new Set(names)].filter((name) => !AUXILIARY_CODECS.includes(name.toLowerCase()))
}

const STEREO = { stereo: '1', 'sprop-stereo': '1' }

interface Section {
  lines: string[]
  readonly parsed: ParsedMedia
}

/** Everything that is not changed stays as it was, byte for byte; a section that was refused (port 0) too. */
function tuneSections(
  sdp: string,
  tuning: MediaTuning,
  tune: (section: Section, kind: KindTuning) => void,
): string {
  const [session = '', ...sections] = sdp.split(/(?=^m=)/m)
  const { media } = parseSdp(sdp)
  const tuned = sections.map((text, index) => {
    const parsed = media[index]
    if (parsed === undefined || parsed.port === 0) return text
    if (parsed.type !== 'audio' && parsed.type !== 'video') return text
    const section = { lines: text.split('\r\n'), parsed }
    tune(section, tuning[parsed.type])
    return section.lines.join('\r\n')
  })
  return [session, ...tuned].join('')
}

/** Moves the payload types of the first codec that is there to the front; false where none of them is. */
function preferCodecs(section: Section, codecs: readonly string[] | undefined): boolean {
  if (codecs === undefined) return true
  const { rtp } = section.parsed
  const payloadsOf = (name: string) =>
    rtp
      .filter(({ codec }) => String(codec).toLowerCase() === name.toLowerCase())
      .map(({ payload }) => String(payload))
  const preferred = codecs.flatMap(payloadsOf)
  if (preferred.length === 0) return false
  const [media = '', port = '', protocol = '', ...formats] = (section.lines[0] ?? '').split(' ')
  const others = formats.filter((format) => !preferred.includes(format))
  section.lines[0] = [media, port, protocol, ...preferred, ...others].join(' ')
  return true
}

/** A peer that wants to send more than was offered opens further sections: those are answered with it too. */
function restrictDirection(section: Section, direction: KindTuning['direction']): void {
  if (direction === undefined || direction === 'sendrecv') return
  const unwanted = direction === 'sendonly' ? 'recvonly' : 'sendonly'
  section.lines = section.lines.map((line) => {
    if (line === 'a=sendrecv') return `a=${direction}`
    return line === `a=${unwanted}` ? 'a=inactive' : line
  })
}

/** `b=` comes after `c=`, before every attribute (RFC 8866 §5). */
function replaceBandwidth(section: Section, line: string): void {
  const type = line.slice(0, line.indexOf(':') + 1)
  const others = section.lines.filter((other) => !other.startsWith(`b=${type}`))
  const firstAttribute = others.findIndex((other) => other.startsWith('a='))
  const place = firstAttribute === -1 ? 1 : firstAttribute
  section.lines = others.toSpliced(place, 0, `b=${line}`)
}

function addOpusParameters(section: Section, parameters: Readonly<Record<string, string>>): void {
  const payload = section.parsed.rtp.find(({ codec }) => String(codec).toLowerCase() === 'opus')?.payload
  if (payload === undefined) return
  const prefix = `a=fmtp:${payload} `
  const index = section.lines.findIndex((line) => line.startsWith(prefix))
  const kept = (section.lines[index]?.slice(prefix.length) ?? '')
    .split(';')
    .filter((entry) => entry.trim() !== '' && !Object.hasOwn(parameters, entry.split('=')[0]?.trim() ?? ''))
  const added = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
  const line = prefix + [...kept, ...added].join(';')
  if (index !== -1) section.lines[index] = line
  else {
    const rtpmap = section.lines.findIndex((other) => other.startsWith(`a=rtpmap:${payload} `))
    section.lines.splice(rtpmap + 1, 0, line)
  }
}

function notTaken(parsed: ParsedMedia, codecs: readonly string[]): PeerError {
  // A peer's names are printed: only what a codec can be called is.
  const there = mediaCodecsOf(parsed).map((name) => name.replaceAll(/[^\w.-]/g, '?').slice(0, 32))
  return new PeerError(
    'CONFIGURATION',
    `The peer takes no ${String(parsed.type)} in ${codecs.join(' or ')}; it takes ${there.slice(0, 16).join(', ')}.`,
    { hint: `Give another --${String(parsed.type)}-codec, or several: the first that both have is used.` },
  )
}

import { PeerError } from '../../errors.js'
import type { Constraints } from '../../media/constraints.js'
import type { MediaKind } from '../../sdp/media-kind.js'
import { AUXILIARY_CODECS, type MediaTuning } from '../../sdp/tune-description.js'
import { loadBinding } from '../session/open-session.js'
import { usage } from '../options/option-values.js'
import type { SendingArgs } from '../options/sending-options.js'

/** Reads how media is negotiated; undefined where nothing is asked for. Throws USAGE; CONFIGURATION for a codec there is not. */
export async function readSendingOptions(args: SendingArgs): Promise<MediaTuning | undefined> {
  const { videoCodec, audioCodec, stereo, direction, bandwidth = [] } = args
  const lines = bandwidth.map(readBandwidth)
  const linesOf = (kind: MediaKind) => lines.filter((line) => line.kind === kind).map(({ text }) => text)
  const isAsked = [videoCodec, audioCodec, direction].some((given) => given !== undefined)
  if (!isAsked && !stereo && lines.length === 0) return undefined
  return {
    video: {
      codecs: await readCodecs('video', videoCodec),
      direction,
      bandwidth: linesOf('video'),
    },
    audio: {
      codecs: await readCodecs('audio', audioCodec),
      direction,
      stereo,
      bandwidth: linesOf('audio'),
    },
  }
}

/** For the other of two peers in this process: what only one side does would be nothing if both did it. */
export function withoutDirection(tuning: MediaTuning | undefined): MediaTuning | undefined {
  if (tuning === undefined) return undefined
  const { video, audio } = tuning
  return { video: { ...video, direction: undefined }, audio: { ...audio, direction: undefined } }
}

/** The constraints of the source with `--max-frame-rate` in them: what is never drawn need not be dropped. */
export function limitFrameRate(constraints: Constraints, { maxFrameRate }: SendingArgs): Constraints {
  if (maxFrameRate === undefined) return constraints
  const { basic, advanced } = constraints
  const given = basic['frameRate'] ?? {}
  const max = typeof given.max === 'number' ? Math.min(given.max, maxFrameRate) : maxFrameRate
  return { basic: { ...basic, frameRate: { ...given, max } }, advanced }
}

async function readCodecs(kind: MediaKind, given: string | undefined): Promise<string[] | undefined> {
  if (given === undefined) return undefined
  const { readCodecCapabilities } = await loadBinding()
  const names = readCodecCapabilities('send', kind).codecs.map(({ mimeType }) =>
    mimeType.slice(mimeType.indexOf('/') + 1),
  )
  const there = [...new Set(names)].filter((name) => !AUXILIARY_CODECS.includes(name.toLowerCase()))
  return given.split(',').map((text) => {
    const found = there.find((name) => name.toLowerCase() === text.trim().toLowerCase())
    if (found !== undefined) return found
    throw new PeerError('CONFIGURATION', `--${kind}-codec ${text.trim()} cannot be sent here.`, {
      hint: `There is ${there.join(', ')}.`,
    })
  })
}

function readBandwidth(text: string): { kind: MediaKind; text: string } {
  const [, kind = 'video', type = '', limit = ''] =
    /^(?:(audio|video):)?(AS|TIAS):([1-9]\d{0,9})$/.exec(text) ?? []
  if (type === '') throw usage('--bandwidth', 'must be AS:KBIT or TIAS:BIT, such as AS:500', text)
  return { kind: kind === 'audio' ? 'audio' : 'video', text: `${type}:${limit}` }
}

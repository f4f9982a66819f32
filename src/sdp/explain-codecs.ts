import type { SdpCodec } from './explanation.js'
import { parseParameters, type ParsedMedia } from './parse-sdp.js'
import { isRtp, type SdpMediaSection } from './sdp-document.js'
import { STATIC_CODECS } from './static-codecs.js'
import { wholeNumber } from './whole-number.js'

/** The codecs of an m-section in its own order of preference, with what the other lines say about each. */
export function explainCodecs(section: SdpMediaSection, parsed: ParsedMedia): SdpCodec[] {
  if (!isRtp(section)) return []
  const maps = firstByPayloadType(parsed.rtp)
  const formats = firstByPayloadType(parsed.fmtp)
  const feedback = readFeedback(parsed)
  const codecs = section.formats
    .flatMap((format) => wholeNumber(format) ?? [])
    .map((payloadType): SdpCodec => {
      const config = formats.get(payloadType)?.config
      const parameters = config === undefined ? {} : parseParameters(String(config))
      return {
        payloadType,
        ...describeCodec(payloadType, maps.get(payloadType), section.kind),
        parameters,
        feedback: [...(feedback.get('*') ?? []), ...(feedback.get(String(payloadType)) ?? [])],
        repairs: wholeNumber(parameters['apt']),
        repairedBy: null,
      }
    })
  const repairedBy = new Map(codecs.map(({ repairs, payloadType }) => [repairs, payloadType]))
  return codecs.map((codec) => ({ ...codec, repairedBy: repairedBy.get(codec.payloadType) ?? null }))
}

function describeCodec(
  payloadType: number,
  map: ParsedMedia['rtp'][number] | undefined,
  kind: string,
): Pick<SdpCodec, 'name' | 'clockRate' | 'channels'> {
  if (map === undefined) {
    return STATIC_CODECS.get(payloadType) ?? { name: null, clockRate: null, channels: null }
  }
  // RFC 8866 §6.6: audio without the encoding parameter has one channel.
  const channels = wholeNumber(map.encoding) ?? (kind === 'audio' ? 1 : null)
  return { name: String(map.codec), clockRate: wholeNumber(map.rate), channels }
}

function firstByPayloadType<T extends { payload: string | number }>(rows: readonly T[]): Map<number, T> {
  const found = new Map<number, T>()
  for (const row of rows) {
    const payloadType = wholeNumber(row.payload)
    if (payloadType !== null && !found.has(payloadType)) found.set(payloadType, row)
  }
  return found
}

/** By payload type, with `*` for those that are said of all. */
function readFeedback({ rtcpFb = [], rtcpFbTrrInt = [] }: ParsedMedia): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const add = (payloadType: string, text: string) => {
    const rows = found.get(payloadType)
    if (rows === undefined) found.set(payloadType, [text])
    else rows.push(text)
  }
  for (const { payload, type, subtype } of rtcpFb) {
    add(String(payload), subtype === undefined ? String(type) : `${type} ${subtype}`)
  }
  for (const { payload, value } of rtcpFbTrrInt) add(String(payload), `trr-int ${value}`)
  return found
}

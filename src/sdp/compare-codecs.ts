import type { SdpCodec } from './explanation.js'
import { isReordered, matchUp } from './match-up.js'
import type { ReportDifference } from './sdp-difference.js'

/** What makes two payload types of one name different codecs; the rest of `a=fmtp` are settings. */
const IDENTIFYING_PARAMETERS = ['profile-level-id', 'packetization-mode', 'profile-id', 'profile', 'tier']

/** A codec with the name it goes by here: `rtx` is the retransmission of another one. */
interface NamedCodec {
  codec: SdpCodec
  name: string
  identity: string
}

/** Codecs that came, went, moved or have other settings. */
export function compareCodecs(
  before: readonly SdpCodec[],
  after: readonly SdpCodec[],
  report: ReportDifference,
): void {
  const [first, second] = [nameCodecs(before), nameCodecs(after)]
  const { pairs, removed, added } = matchUp(first, second, [
    ({ codec }) => JSON.stringify(codec),
    ({ codec, identity }) => `${codec.payloadType} ${identity}`,
    ({ identity }) => identity,
    ({ codec, name }) => `${codec.payloadType} ${name}`,
    ({ name }) => name,
  ])
  for (const { name, codec } of removed) {
    report({ subject: `codec ${name}`, change: 'removed', before: codecText(codec), after: null })
  }
  for (const { name, codec } of added) {
    report({ subject: `codec ${name}`, change: 'added', before: null, after: codecText(codec) })
  }
  if (isReordered(pairs, second)) {
    const order = (codecs: readonly NamedCodec[]) => codecs.map(({ name }) => name).join(' ')
    report({ subject: 'codecs', change: 'reordered', before: order(first), after: order(second) })
  }
  for (const [old, current] of pairs) comparePair(old, current, report)
}

function comparePair(before: NamedCodec, after: NamedCodec, report: ReportDifference): void {
  const subject = `codec ${after.name}`
  const compare = (what: string, old: string, current: string) => {
    if (old !== current)
      report({ subject: `${subject} ${what}`, change: 'changed', before: old, after: current })
  }
  compare('payload type', String(before.codec.payloadType), String(after.codec.payloadType))
  compare('parameters', parameterText(before.codec), parameterText(after.codec))
  compare('feedback', feedbackText(before.codec), feedbackText(after.codec))
}

function nameCodecs(codecs: readonly SdpCodec[]): NamedCodec[] {
  const byPayloadType = new Map(codecs.map((codec) => [codec.payloadType, codec]))
  return codecs.map((codec) => {
    const repaired = codec.repairs === null ? undefined : byPayloadType.get(codec.repairs)
    const isRtx = repaired !== undefined && repaired !== codec
    return {
      codec,
      name: isRtx ? `${ownName(codec)} of ${ownName(repaired)}` : ownName(codec),
      identity: isRtx ? `${identityOf(codec)} of ${identityOf(repaired)}` : identityOf(codec),
    }
  })
}

function ownName({ name, clockRate, channels, payloadType }: SdpCodec): string {
  if (name === null) return `payload type ${payloadType}`
  return [name, clockRate, ...(channels === null || channels === 1 ? [] : [channels])].join('/')
}

function identityOf(codec: SdpCodec): string {
  const parameters = IDENTIFYING_PARAMETERS.map((key) => codec.parameters[key] ?? '')
  return [ownName(codec).toLowerCase(), ...parameters].join(' ')
}

function codecText(codec: SdpCodec): string {
  const parameters = parameterText(codec)
  return parameters === '' ? String(codec.payloadType) : `${codec.payloadType} ${parameters}`
}

/** Whatever the order; what is retransmitted is in the name. */
function parameterText({ parameters }: SdpCodec): string {
  return Object.entries(parameters)
    .filter(([key]) => key !== 'apt')
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .toSorted()
    .join(';')
}

function feedbackText({ feedback }: SdpCodec): string {
  return Array.from(new Set(feedback)).toSorted().join(', ')
}

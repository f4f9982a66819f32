import type { PeerEventOf } from '../events.js'
import { formatAddress, formatBitrate, formatDuration, formatPercent } from './format.js'
import type { OutputLine } from './output-line.js'
import { printable } from './printable.js'

type Server = PeerEventOf<'check-server'>
type Failure = NonNullable<Server['failure']>

const LEADS = {
  ok: { text: 'ok  ', color: 'green' },
  fail: { text: 'FAIL', color: 'red' },
  warn: { text: 'warn', color: 'yellow' },
  none: { text: '-   ', color: 'dim' },
} as const

/** A certificate that ends sooner is worth a look. */
const EXPIRY_WARNING_MS = 14 * 86_400_000

const VERDICT_COLORS = { direct: 'green', relay: 'yellow', blocked: 'red', unknown: 'cyan' } as const

/** The addresses of this machine, loopback and link-local ones left out. */
export function checkNetworkLines({ interfaces }: PeerEventOf<'check-network'>): OutputLine[] {
  const usable = interfaces.filter(({ address, internal }) => !internal && !/^fe80:/i.test(address))
  const list = usable.map(({ name, address }) => `${printable(name)} ${printable(address)}`).join(', ')
  return [
    list === '' ? finding('warn', 'network', 'only loopback has an address') : finding('ok', 'network', list),
  ]
}

/** One server over one transport: whether it works, how fast it is, what its certificate says. */
export function checkServerLines(event: Server): OutputLine[] {
  const { url, transport, address, port, failure, extra, certificate } = event
  const place = address === null ? '' : ` at ${formatAddress(address, port)}`
  const name = `${printable(url)} (${transport}${place})`
  const lines =
    failure === null
      ? [finding('ok', 'server', `${name}: ${workingServer(event)}`), ...relayLines(event)]
      : [
          finding(extra ? 'none' : 'fail', 'server', `${name}: ${printable(failure.message)}`),
          ...(extra ? [] : hintLines(failure)),
        ]
  return [...lines, ...(certificate === null ? [] : certificateLines(certificate)), ...expiryLines(event)]
}

/** How the NAT behaves, in the words of RFC 4787. */
export function checkNatLines(event: PeerEventOf<'check-nat'>): OutputLine[] {
  const { family, local, mapped, translated, mapping, filtering, hairpinning } = event
  const from = formatAddress(local.address, local.port)
  const path = translated
    ? `${from} is ${formatAddress(mapped.address, mapped.port)} outside`
    : `${from} is the same outside, no NAT`
  const behaviour = [
    translated ? `mapping ${mapping ?? 'unknown'}` : '',
    filtering === null ? '' : `filtering ${filtering}`,
    hairpinning === null ? '' : `hairpinning ${hairpinning ? 'yes' : 'no'}`,
  ].filter((part) => part !== '')
  const isHard = mapping !== null && mapping !== 'endpoint-independent'
  const text = behaviour.length === 0 ? path : `${path}; ${behaviour.join(', ')}`
  return [finding(isHard ? 'warn' : 'ok', 'NAT', `${family} ${text}`)]
}

/** Whether two peers of this machine connect with candidates of one type. */
export function checkConnectivityLines(event: PeerEventOf<'check-connectivity'>): OutputLine[] {
  const { type, ok, elapsedMs, reason, candidates } = event
  const details = candidates.map(({ address, port, protocol }): OutputLine => {
    const text = `candidate ${type} ${printable(protocol)} ${formatAddress(address, port)}`
    return { to: 'detail', text }
  })
  if (ok === true) return [finding('ok', 'connect', `${type}: in ${formatDuration(elapsedMs)}`), ...details]
  // From inside, the public address works only where the NAT hairpins: that says nothing about other peers.
  const isExpected = ok === null || type === 'srflx'
  const text = `${type}: ${printable(type === 'srflx' && ok === false ? NO_HAIRPIN : (reason ?? 'failed'))}`
  return [finding(isExpected ? 'none' : 'fail', 'connect', text), ...details]
}

const NO_HAIRPIN = 'not from inside, which needs hairpinning; peers elsewhere do not'

/** The line that matters most, and what to do about it. */
export function checkVerdictLines({ verdict, message, advice }: PeerEventOf<'check-verdict'>): OutputLine[] {
  return [
    {
      to: 'result',
      lead: { text: verdict, color: VERDICT_COLORS[verdict] },
      text: `  ${printable(message)}`,
    },
    ...advice.map((text): OutputLine => ({ to: 'result', text: `  ${printable(text)}` })),
  ]
}

function workingServer({ roundTripTimeMs, mapped }: Server): string {
  const seen = mapped === null ? '' : `, sees ${formatAddress(mapped.address, mapped.port)}`
  return `RTT ${formatDuration(roundTripTimeMs)}${seen}`
}

function relayLines({ allocation, relay, relayFailure }: Server): OutputLine[] {
  if (allocation === null) return []
  const place = `relays at ${formatAddress(allocation.relayed.address, allocation.relayed.port)}`
  if (relay === null) {
    const why = relayFailure === null ? '' : `; not measured: ${printable(relayFailure.message)}`
    return [finding('ok', 'relay', `${place}${why}`)]
  }
  const { bitsPerSecond, lossRatio, roundTripTimeMs } = relay
  const figures = `${formatBitrate(bitsPerSecond)}, RTT ${formatDuration(roundTripTimeMs)}, ${formatPercent(lossRatio)} lost`
  return [finding(lossRatio === 1 ? 'warn' : 'ok', 'relay', `${place}: ${figures}`)]
}

function certificateLines(certificate: NonNullable<Server['certificate']>): OutputLine[] {
  const { subject, issuer, validTo, trusted, nameMatches } = certificate
  const leftMs = Date.parse(validTo) - Date.now()
  const kind = !trusted || !nameMatches ? 'fail' : leftMs < EXPIRY_WARNING_MS ? 'warn' : 'ok'
  const until = `until ${validTo.slice(0, 10)}`
  const name = nameMatches ? '' : ', another name'
  const text = `"${printable(subject)}", signed by "${printable(issuer)}"${trusted ? '' : ', not trusted'}${name}, ${until}`
  return [finding(kind, 'TLS', text)]
}

function expiryLines({ credentialsExpire }: Server): OutputLine[] {
  if (credentialsExpire === null) return []
  const isOver = Date.parse(credentialsExpire) < Date.now()
  const text = `the credentials ${isOver ? 'expired' : 'hold until'} ${credentialsExpire}`
  return [finding(isOver ? 'fail' : 'ok', 'login', text)]
}

function hintLines({ hint }: Failure): OutputLine[] {
  return hint === null ? [] : [{ to: 'result', text: `              ${printable(hint)}` }]
}

function finding(kind: keyof typeof LEADS, name: string, text: string): OutputLine {
  return { to: 'result', lead: LEADS[kind], text: ` ${name.padEnd(7)}  ${text}` }
}

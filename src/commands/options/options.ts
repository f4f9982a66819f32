import type { ArgumentsCamelCase, Argv, InferredOptionTypes, Options } from 'yargs'
import { PeerError } from '../../errors.js'
import { FIRST_RESERVED_CHANNEL_ID } from '../../session/channel-ids.js'
import { parseImpairment } from '../../impair/impairment.js'
import { CANDIDATE_TYPES } from '../../sdp/ice-candidate.js'
import {
  BUNDLE_POLICIES,
  ICE_TRANSPORT_POLICIES,
  RTCP_MUX_POLICIES,
} from '../../session/rtc-configuration.js'
import { configuredDefault } from './configured-defaults.js'
import {
  durationOf,
  integerOf,
  portRangeOf,
  statsIntervalOf,
  textOf,
  wordOf,
  wordsOf,
  type ReadOption,
} from './option-values.js'
import { SHOW_ALL, showsAll } from './show-all.js'

export const SIGNALING_OPTIONS = {
  room: value('Room to meet the peer in', textOf('--room', 128)),
  signal: value('Signaling server: ws://, wss://, or embedded[:PORT]', textOf('--signal', 2048)),
  token: rare(value('Token the signaling server asks for', textOf('--token', 4096))),
  'peer-name': rare(value('What the other side calls you', textOf('--peer-name', 64))),
  ca: rare(value('PEM file of certificates to trust for wss: and turns:', textOf('--ca', 4096))),
} satisfies Record<string, Options>

export const ICE_OPTIONS = {
  'ice-server': values('stun:host or turn:user:pass@host:port?transport=tcp'),
  'turn-secret': rare(
    value('Makes the credentials of TURN servers that have none', textOf('--turn-secret', 1024)),
  ),
  'ice-transport-policy': value(
    'all, or relay only',
    wordOf('--ice-transport-policy', ICE_TRANSPORT_POLICIES),
  ),
  'candidate-types': rare(
    value('Only these: host,srflx,prflx,relay', wordsOf('--candidate-types', CANDIDATE_TYPES)),
  ),
  impair: value('Worsen the link: delay=50ms,loss=1%,rate=20mbit', parseImpairment),
  'port-range': rare(value('Local ports to use, MIN:MAX', portRangeOf('--port-range'))),
  'no-ipv6': rare(flag('No IPv6 candidates')),
  'ice-tcp': rare(flag('ICE-TCP host candidates too')),
  'no-trickle': rare(flag('One description with all candidates in it')),
  'bundle-policy': rare(value(BUNDLE_POLICIES.join(', '), wordOf('--bundle-policy', BUNDLE_POLICIES))),
  'rtcp-mux-policy': rare(
    value(RTCP_MUX_POLICIES.join(', '), wordOf('--rtcp-mux-policy', RTCP_MUX_POLICIES)),
  ),
  'ice-candidate-pool-size': rare(
    value('Gathered ahead, 0 to 255', integerOf('--ice-candidate-pool-size', 0, 255)),
  ),
} satisfies Record<string, Options>

export const DATA_CHANNEL_OPTIONS = {
  ordered: rare(flag('Deliver in order (the default)')),
  unordered: rare(flag('Deliver as it comes')),
  'max-retransmits': rare(
    value('Give a message up after N resends', integerOf('--max-retransmits', 0, 65_534)),
  ),
  'max-packet-life-time': rare(
    value('Give a message up after N ms', integerOf('--max-packet-life-time', 0, 65_534)),
  ),
  label: rare(value('Label of the chat channel', textOf('--label', 256))),
  protocol: rare(value('Subprotocol of the chat channel', textOf('--protocol', 256))),
  'negotiated-id': rare(
    value(
      'Same id on both sides, no handshake',
      integerOf('--negotiated-id', 0, FIRST_RESERVED_CHANNEL_ID - 1),
    ),
  ),
} satisfies Record<string, Options>

export const STATS_OPTIONS = {
  stats: value('Print getStats figures, every 1s unless told', readStatsInterval, { optional: true }),
} satisfies Record<string, Options>

export const TIME_OPTIONS = {
  timeout: value('End the whole run after this', durationOf('--timeout')),
  'connect-timeout': rare(value("From the peer's arrival, 30s by default", durationOf('--connect-timeout'))),
} satisfies Record<string, Options>

export const DURATION_OPTION = {
  duration: value('Leave this long after connecting', durationOf('--duration')),
} satisfies Record<string, Options>

export const OUTPUT_OPTIONS = {
  json: flag('One JSON object a line on stdout'),
  quiet: { ...rare(flag('Results and errors only')), alias: 'q' },
  verbose: { ...flag('Candidates, states, causes, raw reports'), alias: 'v' },
  'no-color': rare(flag('No colours')),
  config: rare(value('JSON file of options; command line and environment win', textOf('--config', 4096))),
} satisfies Record<string, Options>

export type SignalingArgs = Camel<typeof SIGNALING_OPTIONS>
export type IceArgs = Camel<typeof ICE_OPTIONS>
export type DataChannelArgs = Camel<typeof DATA_CHANNEL_OPTIONS>
export type StatsArgs = Camel<typeof STATS_OPTIONS>
export type TimeArgs = Camel<typeof TIME_OPTIONS>
export type DurationArgs = Camel<typeof DURATION_OPTION>
export type OutputArgs = Camel<typeof OUTPUT_OPTIONS>

/** What every verb that meets a peer takes. */
export type PeerArgs = SignalingArgs & IceArgs & TimeArgs & OutputArgs

type Camel<T extends Record<string, Options>> = ArgumentsCamelCase<InferredOptionTypes<T>>

/** What is about the run as such, `--help` included. */
export const RUN_GROUP = 'Run'

/** Declares one group of options; their defaults come from the environment or the configuration file. */
export function withOptions<T, Table extends Record<string, Options>>(
  yargs: Argv<T>,
  group: string,
  table: Table,
) {
  const declared = yargs.options(table).group(Object.keys(table), `${group}:`)
  for (const [name, option] of Object.entries(table)) {
    const configured = configuredDefault(name, option)
    if (configured !== undefined) declared.default(name, configured, 'configured')
    if (option.coerce && !option.array) declared.coerce(name, once(name, option.coerce))
  }
  return declared
}

/** yargs makes a list of what is given twice, and does not say of which option. */
function once(name: string, read: (given: unknown) => unknown) {
  return (given: unknown) => {
    if (!Array.isArray(given)) return read(given)
    throw new PeerError('USAGE', `--${name} is given twice: ${given.join(' and ')}.`)
  }
}

/** Signaling, ICE, time and output: what every peer verb has. */
export function withPeerOptions<T>(yargs: Argv<T>) {
  const signaling = withOptions(yargs, 'Connection', SIGNALING_OPTIONS)
  return withOutputOptions(
    withOptions(withOptions(signaling, 'Connection', ICE_OPTIONS), RUN_GROUP, TIME_OPTIONS),
  )
}

export function withOutputOptions<T>(yargs: Argv<T>) {
  return withOptions(yargs, RUN_GROUP, OUTPUT_OPTIONS)
    .group(['help', SHOW_ALL], `${RUN_GROUP}:`)
    .hide('version')
}

/** An option with one value, read by `read`; `withOptions` refuses it where it is given twice. */
export function value<T>(describe: string, read: ReadOption<T>, { optional = false } = {}) {
  return {
    describe,
    string: true as const,
    requiresArg: !optional,
    coerce: (given: string | undefined): T | undefined => (given === undefined ? undefined : read(given)),
  }
}

/** An option whose value is printable text. */
export function textOption(describe: string, option: string) {
  return value(describe, textOf(option, 4096))
}

/** An option that may be repeated. */
export function values(describe: string) {
  return {
    describe,
    string: true as const,
    array: true as const,
    nargs: 1,
    coerce: (given: string[] | undefined): string[] => given ?? [],
  }
}

export function flag(describe: string) {
  return { describe, boolean: true as const }
}

/** An option few need: `--help --all` and the README show it, so that `--help` fits one screen. */
export function rare<T extends Options>(option: T) {
  return { ...option, hidden: !showsAll() }
}

function readStatsInterval(text: string): number {
  return text === '' ? 1_000 : statsIntervalOf('--stats')(text)
}

import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { flag, rare, value } from './options.js'
import { wordsOf } from './option-values.js'

/** The types of W3C webrtc-stats `RTCStatsType`, and two that older stacks still have. */
const STATS_TYPES = [
  'codec',
  'inbound-rtp',
  'outbound-rtp',
  'remote-inbound-rtp',
  'remote-outbound-rtp',
  'media-source',
  'media-playout',
  'peer-connection',
  'data-channel',
  'transport',
  'candidate-pair',
  'local-candidate',
  'remote-candidate',
  'certificate',
  'track',
  'stream',
] as const

/** What a sample is shown with, beside its figures. */
export const STATS_DETAIL_OPTIONS = {
  pairs: rare(flag('Every candidate pair, not only the selected one')),
  raw: rare(flag('The raw getStats dictionaries too')),
  type: rare(value('Of these only: inbound-rtp,candidate-pair', wordsOf('--type', STATS_TYPES))),
} satisfies Record<string, Options>

export type StatsDetailArgs = ArgumentsCamelCase<InferredOptionTypes<typeof STATS_DETAIL_OPTIONS>>

import type { DumpOrigin } from '../../src/dump/rtcstats-dump.js'

/** Where the dumps of the tests come from, and when. */
export const START_MS = 1_795_230_460_000
export const ORIGIN: DumpOrigin = {
  userAgent: 'webrtc-cli 1.2.3 (linux x64)',
  version: '1.2.3',
  hardwareConcurrency: 2,
  url: 'webrtc-cli offer',
  startTimeMs: START_MS,
}

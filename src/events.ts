import * as v from 'valibot'
import { capabilitiesEventSchema } from './events/capabilities-event.js'
import { checkEventSchemas } from './events/check-events.js'
import { commandEventSchema } from './events/command-event.js'
import { measurementEventSchemas } from './events/measurement-events.js'
import { mediaEventSchemas } from './events/media-events.js'
import { outcomeEventSchemas } from './events/outcome-events.js'
import { sdpEventSchemas } from './events/sdp-events.js'
import { sessionEventSchemas } from './events/session-events.js'
import { transferEventSchemas } from './events/transfer-events.js'

export type {
  CandidatePairState,
  CandidatePairSummary,
  CandidateSummary,
  DataChannelStats,
  RunSummary,
  StatsSummary,
  StreamStats,
} from './events/stats.js'

/**
 * Every event a run can report: the public contract of `--json`. The types below are what engines emit and what
 * reporters take; the schemas are published as `webrtc-cli/events.schema.json` and held against real output in
 * every end-to-end test. Fields may be added within `v: 1`, never renamed or removed.
 */
export const peerEventSchema = v.variant('event', [
  ...sessionEventSchemas,
  ...mediaEventSchemas,
  ...transferEventSchemas,
  ...measurementEventSchemas,
  ...sdpEventSchemas,
  capabilitiesEventSchema,
  ...checkEventSchemas,
  commandEventSchema,
  ...outcomeEventSchemas,
])

export type PeerEvent = v.InferOutput<typeof peerEventSchema>
export type PeerEventOf<Name extends PeerEvent['event']> = Extract<PeerEvent, { event: Name }>

/** How an engine tells what happened; it never prints. */
export type ReportEvent = (event: PeerEvent) => void

/** One line of `--json`: the event with the schema version and the time (ISO 8601, UTC) it was reported. */
export const jsonLineSchema = v.intersect([
  v.object({ v: v.literal(1), ts: v.pipe(v.string(), v.isoTimestamp()) }),
  peerEventSchema,
])

import { BENCH_CHANNEL_OPTIONS, BENCH_OPTIONS } from './bench-options.js'
import { CHECK_OPTIONS } from './check-options.js'
import { DUMP_OPTIONS } from './dump-options.js'
import { EXPECT_OPTIONS } from './expect-options.js'
import { EXPORT_OPTIONS } from './export-options.js'
import { MEDIA_OPTIONS } from './media-options.js'
import * as options from './options.js'
import { CONTROL_OPTION, MESSAGE_OPTION } from './peer-session-options.js'
import { PICTURE_OPTIONS, RECEIVED_PICTURE_OPTIONS } from './picture-options.js'
import { RECEIVED_MEDIA_OPTIONS } from './received-media-options.js'
import { SDP_OPTIONS } from '../sdp.js'
import { SENDING_OPTIONS } from './sending-options.js'
import { SERVE_OPTIONS } from '../serve.js'
import { STATS_DETAIL_OPTIONS } from './stats-options.js'
import { INTERVAL_OPTION } from '../stats.js'
import { PIPE_OPTIONS, RECEIVE_OPTIONS, SEND_OPTIONS } from './transfer-options.js'

const TABLES = [
  options.SIGNALING_OPTIONS,
  options.ICE_OPTIONS,
  options.DATA_CHANNEL_OPTIONS,
  options.STATS_OPTIONS,
  options.TIME_OPTIONS,
  options.DURATION_OPTION,
  options.OUTPUT_OPTIONS,
  BENCH_CHANNEL_OPTIONS,
  BENCH_OPTIONS,
  CHECK_OPTIONS,
  CONTROL_OPTION,
  DUMP_OPTIONS,
  EXPECT_OPTIONS,
  EXPORT_OPTIONS,
  INTERVAL_OPTION,
  MEDIA_OPTIONS,
  MESSAGE_OPTION,
  PICTURE_OPTIONS,
  PIPE_OPTIONS,
  RECEIVED_MEDIA_OPTIONS,
  RECEIVED_PICTURE_OPTIONS,
  RECEIVE_OPTIONS,
  SDP_OPTIONS,
  SENDING_OPTIONS,
  SEND_OPTIONS,
  SERVE_OPTIONS,
  STATS_DETAIL_OPTIONS,
]

/** The names of all options of all verbs: what a configuration file may set. */
export const OPTION_NAMES: ReadonlySet<string> = new Set(TABLES.flatMap((table) => Object.keys(table)))

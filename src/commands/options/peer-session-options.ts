import type { Argv } from 'yargs'
import { PICTURE_OPTIONS, RECEIVED_PICTURE_OPTIONS } from './picture-options.js'
import { withExpectOptions } from './expect-options.js'
import { MEDIA_OPTIONS } from './media-options.js'
import {
  DATA_CHANNEL_OPTIONS,
  DURATION_OPTION,
  flag,
  RUN_GROUP,
  STATS_OPTIONS,
  values,
  withOptions,
  withPeerOptions,
} from './options.js'
import { RECEIVED_MEDIA_OPTIONS } from './received-media-options.js'
import { SESSION_FILES_OPTIONS } from './session-files-options.js'
import { SENDING_OPTIONS } from './sending-options.js'
import { STATS_DETAIL_OPTIONS } from './stats-options.js'

export const MESSAGE_OPTION = {
  message: values('Send this instead of standard input, then leave; repeatable'),
}

export const CONTROL_OPTION = {
  control: flag('Commands on standard input, one JSON object a line'),
}

const SESSION_MEDIA_OPTIONS = {
  ...MEDIA_OPTIONS,
  ...PICTURE_OPTIONS,
  ...SENDING_OPTIONS,
  ...RECEIVED_PICTURE_OPTIONS,
  ...RECEIVED_MEDIA_OPTIONS,
}

/** Everything `offer` and `answer` take. */
export function withPeerSessionOptions<T>(yargs: Argv<T>) {
  const peer = withPeerOptions(yargs)
  const chat = { ...MESSAGE_OPTION, ...CONTROL_OPTION, ...DATA_CHANNEL_OPTIONS, ...SESSION_FILES_OPTIONS }
  const channel = withOptions(peer, 'Chat and files', chat)
  const media = withOptions(channel, 'Media', SESSION_MEDIA_OPTIONS)
  return withOptions(
    withExpectOptions(withOptions(media, 'Measuring', { ...STATS_OPTIONS, ...STATS_DETAIL_OPTIONS })),
    RUN_GROUP,
    DURATION_OPTION,
  )
}

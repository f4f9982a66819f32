import { readSystemLimits } from '../adapters/system/limits.js'
import { findProgram } from '../adapters/system/programs.js'
import type { CodecCapability } from '../adapters/wrtc/capabilities.js'
import { toError } from '../errors.js'
import type { PeerEventOf } from '../events.js'
import { AUDIO_SOURCES, VIDEO_SOURCES } from '../media/source-spec.js'
import { explainSdp } from '../sdp/explain-sdp.js'
import { headerExtensionName } from '../sdp/header-extensions.js'
import type { MediaKind } from '../sdp/media-kind.js'
import { parseParameters } from '../sdp/parse-sdp.js'
import { readDevices, readRecorders, SOURCE_RANGES } from './media/media-capabilities.js'
import { findFfmpeg, type FfmpegContext } from './media/require-ffmpeg.js'
import { loadBinding } from './session/open-session.js'
import { run, type RunArgs } from './run.js'
import { version } from './version.js'

type Capabilities = PeerEventOf<'capabilities'>
type Native = Pick<Capabilities, 'nativeLibrary' | 'codecs' | 'headerExtensions' | 'dataChannel'>

const LIBRARY = '@roamhq/wrtc'
const KINDS = ['audio', 'video'] as const
const DIRECTIONS = ['send', 'receive'] as const

/** `capabilities`: what this installation can do; what is missing is a fact, not a failure. */
export async function runCapabilities(args: RunArgs & { ffmpeg?: string | undefined }): Promise<void> {
  await run(args, async ({ signal, report }) => {
    const context = { ffmpeg: args.ffmpeg, signal }
    const [native, devices, recorders, system, programs] = await Promise.all([
      readNative(),
      readDevices(context),
      readRecorders(context),
      readSystemLimits(),
      readPrograms(context),
    ])
    signal.throwIfAborted()
    report({
      event: 'capabilities',
      version,
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      ...native,
      sources: { video: [...VIDEO_SOURCES], audio: [...AUDIO_SOURCES] },
      sourceRanges: SOURCE_RANGES,
      devices,
      recorders,
      system,
      programs,
    })
  })
}

async function readPrograms(context: FfmpegContext): Promise<Capabilities['programs']> {
  const [ffmpeg, ffplay] = await Promise.all([findFfmpeg(context), findProgram('ffplay', context)])
  return [
    { name: 'ffmpeg', ...ffmpeg, usedFor: 'media files as sources, and recording' },
    { name: 'ffplay', ...ffplay, usedFor: 'watching what is received' },
  ]
}

async function readNative(): Promise<Native> {
  try {
    const library = await loadBinding()
    const { readCodecCapabilities, describeDataChannel, readLibraryVersion } = library
    const [data] = explainSdp(await describeDataChannel()).media
    return {
      nativeLibrary: { name: LIBRARY, version: readLibraryVersion(), available: true, reason: null },
      codecs: DIRECTIONS.flatMap((direction) =>
        KINDS.flatMap((kind) =>
          readCodecCapabilities(direction, kind).codecs.map((codec) => describeCodec(direction, kind, codec)),
        ),
      ),
      headerExtensions: KINDS.flatMap((kind) =>
        readCodecCapabilities('receive', kind).headerExtensions.map((uri) => ({
          kind,
          name: headerExtensionName(uri),
          uri,
        })),
      ),
      dataChannel: { maxMessageSize: data?.maxMessageSize ?? null },
    }
  } catch (thrown) {
    return {
      nativeLibrary: { name: LIBRARY, version: null, available: false, reason: toError(thrown).message },
      codecs: [],
      headerExtensions: [],
      dataChannel: { maxMessageSize: null },
    }
  }
}

function describeCodec(
  direction: 'send' | 'receive',
  kind: MediaKind,
  {
    mimeType,
    clockRate,
    channels = null,
    sdpFmtpLine = '',
  }: Omit<CodecCapability, 'channels'> & { channels?: number | null },
): Capabilities['codecs'][number] {
  const name = mimeType.slice(mimeType.indexOf('/') + 1)
  return { direction, kind, name, clockRate, channels, parameters: parseParameters(sdpFmtpLine) }
}

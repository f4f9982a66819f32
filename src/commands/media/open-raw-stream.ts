import type { MediaBytes } from '../../adapters/files/media-bytes.js'
import { Disposables } from '../../async/disposables.js'
import { SAMPLE_RATES, selectAudioSettings } from '../../media/audio-settings.js'
import { createByteReader, type ByteReader } from '../../media/byte-reader.js'
import { convertChannels, convertVideo } from '../../media/convert-source.js'
import { repeatedly } from '../../media/playback.js'
import type { AudioSource, VideoSource } from '../../media/ports.js'
import { openStreamedAudio, openStreamedVideo } from '../../media/streamed-source.js'
import { selectVideoSize } from '../../media/video-settings.js'
import { readWavHeader, UnsupportedWavError } from '../../media/wav.js'
import { readY4mFrame, readY4mHeader } from '../../media/y4m.js'
import type { AudioPlan, SourceContext, VideoPlan } from './media-plan.js'

/** y4m needs no ffmpeg: it is pictures as they are. Throws UnsupportedY4mError for other pixels than 8-bit 4:2:0. */
export async function openY4m(
  bytes: MediaBytes,
  { constraints, fit }: VideoPlan,
  { playback }: SourceContext,
): Promise<VideoSource> {
  await using opened = new Disposables()
  opened.use(bytes)
  const { name } = bytes
  const begin = async () => {
    const reader = createByteReader(bytes.open(), name)
    return { reader, header: await readY4mHeader(reader, name) }
  }
  const first = await begin()
  const size = selectVideoSize(first.header, constraints, name)
  const readInto = await repeatedly({
    ...playback,
    open: firstThen(first.reader, async () => (await begin()).reader),
    read: (reader, target) => readY4mFrame(reader, target, name),
    perSecond: first.header.frameRate,
  })
  const source = await openStreamedVideo(first.header, { readInto, owner: bytes })
  opened.move()
  return convertVideo(source, size, fit)
}

/** As `openY4m`, of 16-bit PCM at a rate that the native source takes; throws UnsupportedWavError for any other. */
export async function openWav(
  bytes: MediaBytes,
  { constraints }: AudioPlan,
  { playback }: SourceContext,
): Promise<AudioSource> {
  await using opened = new Disposables()
  opened.use(bytes)
  const { name } = bytes
  const begin = async () => {
    const reader = createByteReader(bytes.open(), name)
    return { reader, header: await readWavHeader(reader, name) }
  }
  const { reader, header } = await begin()
  const { sampleRate, channelCount } = selectAudioSettings(constraints, name, header.sampleRate)
  if (!SAMPLE_RATES.includes(header.sampleRate) || sampleRate !== header.sampleRate) {
    throw new UnsupportedWavError('INPUT_INVALID', `${name} has ${header.sampleRate} Hz.`, {
      hint: `Without ffmpeg a wav is played at its own rate, one of ${SAMPLE_RATES.join(', ')} Hz.`,
    })
  }
  const readInto = await repeatedly({
    ...playback,
    open: firstThen(reader, async () => (await begin()).reader),
    read: (from, target) => readBlock(from, target),
    perSecond: 100,
  })
  const source = await openStreamedAudio(header, { readInto, owner: bytes })
  opened.move()
  return convertChannels(source, channelCount)
}

/** The end of a wav fills no block, as a rule: it is heard with silence after it. */
async function readBlock(reader: ByteReader, target: Uint8Array): Promise<boolean> {
  target.fill(0)
  return reader.readInto(target, { isPartial: true })
}

function firstThen<Value>(first: Value, next: () => Promise<Value>): () => Promise<Value> {
  let isFirst = true
  return async () => {
    if (!isFirst) return next()
    isFirst = false
    return first
  }
}

import { readPng } from '../../adapters/files/read-png.js'
import { createPatternVideo } from '../../media/pattern-source.js'
import { pictureOfRgb } from '../../media/picture-of-rgb.js'
import type { VideoSource } from '../../media/ports.js'
import { createScaler } from '../../media/scale.js'
import { createStill } from '../../media/still.js'
import { selectVideoSize } from '../../media/video-settings.js'
import { DEFAULT_SIZE } from '../../media/video-size.js'
import type { VideoPlan } from './media-plan.js'

/** A PNG as a picture that stays, where there is no ffmpeg to read it; throws the PeerError of what cannot be read. */
export async function openPng(path: string, { constraints, fit }: VideoPlan): Promise<VideoSource> {
  const { width, height, data } = await readPng(path)
  const native = { width, height, frameRate: DEFAULT_SIZE.frameRate }
  const size = selectVideoSize(native, constraints, path)
  const scale = createScaler(native, size, fit)
  return createPatternVideo(createStill(scale(pictureOfRgb(data, width, height))), size)
}

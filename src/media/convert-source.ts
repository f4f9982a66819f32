import type { Fit } from './fit.js'
import type { AudioSource, VideoFrame, VideoSource } from './ports.js'
import { createScaler } from './scale.js'
import type { VideoSize } from './video-size.js'

/** The source at another size and rate; owns it. A slot between two of its pictures shows the one before again. */
export function convertVideo(source: VideoSource, size: VideoSize, fit: Fit): VideoSource {
  const scale = createScaler(source.size, size, fit)
  const step = source.size.frameRate / size.frameRate
  let shown: { frameIndex: number; index: number; frame: VideoFrame } | undefined
  /** Pictures between two slots: nobody asked for them. */
  let unwanted = 0
  return {
    size,
    ended: source.ended,
    get dropped() {
      return source.dropped === null ? null : Math.max(0, source.dropped - unwanted)
    },
    draw(frameIndex) {
      // The nearest slot below, with room for what dividing two rates loses.
      const index = Math.floor(frameIndex * step + 1e-6)
      if (shown?.index === index) return shown.frame
      const drawn = source.draw(index)
      if (drawn === null) return null
      const before = shown ?? { frameIndex: -1, index: -1 }
      unwanted += Math.max(0, index - before.index - (frameIndex - before.frameIndex))
      shown = { frameIndex, index, frame: scale(drawn) }
      return shown.frame
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  }
}

/** The source with another number of channels; owns it. One is the mean of all, several are alike. */
export function convertChannels(source: AudioSource, channelCount: number): AudioSource {
  const from = source.format.channelCount
  if (from === channelCount) return source
  return {
    format: { ...source.format, channelCount },
    ended: source.ended,
    get dropped() {
      return source.dropped
    },
    next(blockIndex) {
      const block = source.next(blockIndex)
      if (block === null) return null
      return { ...block, channelCount, samples: mix(block.samples, from, channelCount) }
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  }
}

function mix(samples: Int16Array, from: number, to: number): Int16Array {
  const mixed = new Int16Array((samples.length / from) * to)
  for (let frame = 0; frame * from < samples.length; frame++) {
    let sum = 0
    for (let channel = 0; channel < from; channel++) sum += samples[frame * from + channel] ?? 0
    mixed.fill(Math.round(sum / from), frame * to, (frame + 1) * to)
  }
  return mixed
}

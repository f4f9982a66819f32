import type { AudioStage } from './ports.js'

/** Multiplies every sample by a linear gain, 0 to 1. */
export function createVolume(gain: number): AudioStage {
  return (block) => {
    const { samples } = block
    for (let at = 0; at < samples.length; at++) samples[at] = Math.round((samples[at] ?? 0) * gain)
    return block
  }
}

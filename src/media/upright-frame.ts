import type { VideoFrame } from './ports.js'

/**
 * The picture as it is meant to be seen: a telephone held upright sends its pictures lying down and says by how many
 * degrees clockwise they have to be turned (3GPP TS 26.114, coordination of video orientation).
 */
export function uprightFrame(frame: VideoFrame, rotation: number): VideoFrame {
  const turns = Math.round(rotation / 90) & 3
  if (turns === 0) return frame
  const { width, height, data } = frame
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
  const turned = new Uint8Array(data.length)
  const lumaBytes = width * height
  const chromaBytes = half.width * half.height
  turnPlane(data, turned, 0, width, height, turns)
  turnPlane(data, turned, lumaBytes, half.width, half.height, turns)
  turnPlane(data, turned, lumaBytes + chromaBytes, half.width, half.height, turns)
  return turns === 2 ? { width, height, data: turned } : { width: height, height: width, data: turned }
}

/** Turns one plane by so many quarters clockwise; flat arguments, because it runs for every pixel. */
function turnPlane(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  width: number,
  height: number,
  turns: number,
): void {
  const last = start + width * height - 1
  let at = start
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = from[at++] ?? 0
      if (turns === 2) to[last - row * width - column] = value
      else if (turns === 1) to[start + column * height + height - 1 - row] = value
      else to[start + (width - 1 - column) * height + row] = value
    }
  }
}

import { GREY } from './colour.js'
import { createPicture } from './picture.js'
import { i420Bytes, type VideoPattern } from './ports.js'
import { createRandom } from './random.js'
import type { VideoSize } from './video-size.js'

/** The texture is the same on every machine and in every run. */
const SEED = 20_260_101

/** Pixels from one random value to the next, and how much each layer moves the luma: coarse shapes and fine grain. */
const LAYERS = [
  { cell: 64, depth: 70 },
  { cell: 16, depth: 36 },
  { cell: 4, depth: 18 },
]
const CHROMA_LAYERS = [
  { cell: 48, depth: 60 },
  { cell: 12, depth: 24 },
]

/** Cycles per second and per picture height of the ripple, and its reach in picture widths. */
const RIPPLE_RATE = 0.7
const RIPPLES = 3
const RIPPLE_REACH = 0.08

/** Picture widths per second that the whole drifts to the left. */
const DRIFT_RATE = 0.15

/**
 * A detailed texture that drifts while every row of it swings by itself: no block of a frame is a block of the frame
 * before it moved, which is what encoders live on. The picture follows from the index alone.
 */
export function createMotion({ width, height, frameRate }: VideoSize): VideoPattern {
  const chromaWidth = Math.ceil(width / 2)
  const chromaHeight = Math.ceil(height / 2)
  const texture = drawTexture(width, height)
  const frame = { width, height, data: new Uint8Array(i420Bytes(width, height)) }
  const planes = [
    { offset: 0, width, height },
    { offset: width * height, width: chromaWidth, height: chromaHeight },
    { offset: width * height + chromaWidth * chromaHeight, width: chromaWidth, height: chromaHeight },
  ]
  return {
    draw(frameIndex) {
      const seconds = frameIndex / frameRate
      for (const plane of planes) {
        for (let row = 0; row < plane.height; row++) {
          const shift = Math.floor(shiftOf(row / plane.height, seconds) * plane.width)
          shiftRow(frame.data, texture, plane.offset + row * plane.width, plane.width, shift)
        }
      }
      return frame
    },
  }
}

/** How far a row has moved, as a part of the width from 0 up to 1. */
function shiftOf(heightRatio: number, seconds: number): number {
  const swing = RIPPLE_REACH * Math.sin(2 * Math.PI * (RIPPLES * heightRatio + RIPPLE_RATE * seconds))
  const shift = DRIFT_RATE * seconds + swing
  return shift - Math.floor(shift)
}

/** A row of the texture, begun at `shift` and taken up again at its start. */
function shiftRow(data: Uint8Array, texture: Uint8Array, start: number, width: number, shift: number): void {
  data.set(texture.subarray(start + shift, start + width), start)
  data.set(texture.subarray(start, start + shift), start + width - shift)
}

function drawTexture(width: number, height: number): Uint8Array {
  const { data } = createPicture(width, height, GREY)
  const random = createRandom(SEED)
  const chromaWidth = Math.ceil(width / 2)
  const chromaHeight = Math.ceil(height / 2)
  const lumaBytes = width * height
  const chromaBytes = chromaWidth * chromaHeight
  for (const { cell, depth } of LAYERS) addLayer(data.subarray(0, lumaBytes), width, cell, depth, random)
  for (const { cell, depth } of CHROMA_LAYERS) {
    addLayer(data.subarray(lumaBytes, lumaBytes + chromaBytes), chromaWidth, cell, depth, random)
    addLayer(data.subarray(lumaBytes + chromaBytes), chromaWidth, cell, depth, random)
  }
  return data
}

/** Adds random values on a grid, blended linearly between its points; its last column joins the first one. */
function addLayer(plane: Uint8Array, width: number, cell: number, depth: number, random: () => number): void {
  const columns = Math.max(1, Math.ceil(width / cell))
  const rows = Math.ceil(plane.length / width / cell) + 1
  const grid = Float64Array.from({ length: columns * rows }, () => random() / 2 ** 32 - 0.5)
  for (let at = 0; at < plane.length; at++) {
    const column = ((at % width) * columns) / width
    const row = Math.floor(at / width) / cell
    plane[at] = (plane[at] ?? 0) + depth * blend(grid, columns, column, row)
  }
}

function blend(grid: Float64Array, columns: number, column: number, row: number): number {
  const left = Math.floor(column)
  const top = Math.floor(row) * columns
  const right = (left + 1) % columns
  const x = column - left
  const upper = mix(grid[top + left], grid[top + right], x)
  const lower = mix(grid[top + columns + left], grid[top + columns + right], x)
  return mix(upper, lower, row - Math.floor(row))
}

function mix(from = 0, to = from, part: number): number {
  return from + (to - from) * part
}

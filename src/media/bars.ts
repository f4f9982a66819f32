import { BLACK, type Colour } from './colour.js'
import { i420Bytes, type VideoPattern } from './ports.js'
import type { VideoSize } from './video-size.js'

/** 75 % colours in 8-bit limited-range Y'CbCr (ITU-R BT.601), left to right as in SMPTE EG 1. */
const WHITE_75: Colour = { y: 180, u: 128, v: 128 }
const YELLOW: Colour = { y: 162, u: 44, v: 142 }
const CYAN: Colour = { y: 131, u: 156, v: 44 }
const GREEN: Colour = { y: 112, u: 72, v: 58 }
const MAGENTA: Colour = { y: 84, u: 184, v: 198 }
const RED: Colour = { y: 65, u: 100, v: 212 }
const BLUE: Colour = { y: 35, u: 212, v: 114 }

const BARS: readonly Colour[] = [WHITE_75, YELLOW, CYAN, GREEN, MAGENTA, RED, BLUE]
const CASTELLATIONS: readonly Colour[] = [BLUE, BLACK, MAGENTA, BLACK, CYAN, BLACK, WHITE_75]

/** Luma of 100 % white. The box runs on black, so its chroma is the background's and only luma moves. */
const BOX_LUMA = 235

/** The box crosses the picture in this time, whatever the frame rate, so a wrong pace is visible. */
const CROSSING_SECONDS = 2

/**
 * SMPTE-like 75 % colour bars with a white box going to and fro below them; the picture follows from the index alone.
 * All frames share one buffer of exactly `i420Bytes(width, height)`, which nobody else may write to: a frame is valid
 * until the next `draw`. The native source copies it within `write`; whoever keeps a frame longer copies it first.
 */
export function createBars({ width, height, frameRate }: VideoSize): VideoPattern {
  const layout = layOut(width, height)
  const frame = { width, height, data: drawBackground(layout) }
  let boxX = 0
  return {
    draw(frameIndex) {
      // Only the box moves: what it uncovers is black again, the rest of the picture stays.
      fillBox(frame.data, layout, boxX, BLACK.y)
      boxX = boxPosition(frameIndex / frameRate, width - layout.boxWidth)
      fillBox(frame.data, layout, boxX, BOX_LUMA)
      return frame
    },
  }
}

interface Layout {
  width: number
  height: number
  /** First row of the castellations, and of the black band that the box runs in; even, so chroma rows do not straddle. */
  castellationsY: number
  boxY: number
  boxWidth: number
}

/** Rows as in SMPTE EG 1: 2/3 bars, 1/12 castellations, 1/4 below them. */
function layOut(width: number, height: number): Layout {
  return {
    width,
    height,
    castellationsY: floorToEven((height * 2) / 3),
    boxY: floorToEven((height * 3) / 4),
    boxWidth: Math.min(floorToEven(width / 4), Math.max(2, floorToEven(height / 4))),
  }
}

function floorToEven(value: number): number {
  return 2 * Math.floor(value / 2)
}

function drawBackground(layout: Layout): Uint8Array {
  const { width, height } = layout
  const chromaWidth = Math.ceil(width / 2)
  const chromaHeight = Math.ceil(height / 2)
  const background = new Uint8Array(i420Bytes(width, height))
  const yPlane = background.subarray(0, width * height)
  const uPlane = background.subarray(width * height, width * height + chromaWidth * chromaHeight)
  const vPlane = background.subarray(width * height + chromaWidth * chromaHeight)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) yPlane[y * width + x] = colourAt(layout, x, y).y
  }
  for (let row = 0; row < chromaHeight; row++) {
    for (let column = 0; column < chromaWidth; column++) {
      const colour = colourAt(layout, column * 2, row * 2)
      uPlane[row * chromaWidth + column] = colour.u
      vPlane[row * chromaWidth + column] = colour.v
    }
  }
  return background
}

function colourAt({ width, castellationsY, boxY }: Layout, x: number, y: number): Colour {
  if (y >= boxY) return BLACK
  const row = y >= castellationsY ? CASTELLATIONS : BARS
  return row[Math.floor((x * row.length) / width)] ?? BLACK
}

/** Left edge of the box, in whole pixels from 0 to `range` and back (a triangle wave). */
function boxPosition(seconds: number, range: number): number {
  const crossings = (seconds / CROSSING_SECONDS) % 2
  return Math.round(range * (crossings <= 1 ? crossings : 2 - crossings))
}

function fillBox(
  data: Uint8Array,
  { width, height, boxY, boxWidth }: Layout,
  boxX: number,
  luma: number,
): void {
  for (let y = boxY; y < height; y++) {
    const start = y * width + boxX
    data.fill(luma, start, start + boxWidth)
  }
}

import type { Colour } from './colour.js'
import { i420Bytes, type VideoFrame } from './ports.js'

/** A picture of one colour on a buffer of its own. */
export function createPicture(width: number, height: number, { y, u, v }: Colour): VideoFrame {
  const data = new Uint8Array(i420Bytes(width, height))
  const lumaBytes = width * height
  const chromaBytes = (data.length - lumaBytes) / 2
  data.fill(y, 0, lumaBytes)
  data.fill(u, lumaBytes, lumaBytes + chromaBytes)
  data.fill(v, lumaBytes + chromaBytes)
  return { width, height, data }
}

export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

/** Fills a rectangle; what lies outside of the picture is cut off. Chroma is exact where its edges are even. */
export function fillRectangle(frame: VideoFrame, rectangle: Rectangle, colour: Colour): void {
  const left = Math.max(0, rectangle.x)
  const top = Math.max(0, rectangle.y)
  const right = Math.min(frame.width, rectangle.x + rectangle.width)
  const bottom = Math.min(frame.height, rectangle.y + rectangle.height)
  if (left >= right || top >= bottom) return
  const chromaWidth = Math.ceil(frame.width / 2)
  const chromaBytes = chromaWidth * Math.ceil(frame.height / 2)
  const lumaBytes = frame.width * frame.height
  const chroma = {
    left: left >> 1,
    top: top >> 1,
    right: Math.ceil(right / 2),
    bottom: Math.ceil(bottom / 2),
  }
  fillPlane(frame.data, 0, frame.width, { left, top, right, bottom }, colour.y)
  fillPlane(frame.data, lumaBytes, chromaWidth, chroma, colour.u)
  fillPlane(frame.data, lumaBytes + chromaBytes, chromaWidth, chroma, colour.v)
}

interface Edges {
  left: number
  top: number
  right: number
  bottom: number
}

function fillPlane(data: Uint8Array, offset: number, stride: number, edges: Edges, value: number): void {
  for (let row = edges.top; row < edges.bottom; row++) {
    const start = offset + row * stride
    data.fill(value, start + edges.left, start + edges.right)
  }
}

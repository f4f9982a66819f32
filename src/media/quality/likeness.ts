import type { VideoFrame } from '../ports.js'

/** Decibels; what is said of two pictures that are the same (8-bit noise alone is about 59 dB). */
const IDENTICAL_PSNR = 100

/** Pixels; SSIM is the mean over windows of this size side by side. */
const WINDOW = 8

/** The stabilisers of the SSIM paper (Wang et al. 2004, eq. 13) for 8-bit samples. */
const LUMINANCE_STABILISER = (0.01 * 255) ** 2
const CONTRAST_STABILISER = (0.03 * 255) ** 2

/** Peak signal to noise ratio of the luma of two pictures of one size, in dB, at most 100. */
export function psnrOf(a: VideoFrame, b: VideoFrame): number {
  const pixels = a.width * a.height
  const squares = squaredDifference(a.data, b.data, pixels)
  if (squares === 0) return IDENTICAL_PSNR
  return Math.min(IDENTICAL_PSNR, 10 * Math.log10((255 * 255 * pixels) / squares))
}

function squaredDifference(a: Uint8Array, b: Uint8Array, count: number): number {
  let sum = 0
  for (let at = 0; at < count; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    sum += difference * difference
  }
  return sum
}

/** Structural similarity of the luma of two pictures of one size, at most 1, over windows of 8x8 side by side. */
export function ssimOf(a: VideoFrame, b: VideoFrame): number {
  const { width, height } = a
  let sum = 0
  let windows = 0
  for (let y = 0; y + WINDOW <= height; y += WINDOW) {
    for (let x = 0; x + WINDOW <= width; x += WINDOW) {
      sum += windowLikeness(a.data, b.data, y * width + x, width)
      windows++
    }
  }
  return windows === 0 ? 1 : sum / windows
}

function windowLikeness(a: Uint8Array, b: Uint8Array, start: number, stride: number): number {
  let sumA = 0
  let sumB = 0
  let squaresA = 0
  let squaresB = 0
  let products = 0
  for (let row = 0, at = start; row < WINDOW; row++, at += stride) {
    for (let column = 0; column < WINDOW; column++) {
      const valueA = a[at + column] ?? 0
      const valueB = b[at + column] ?? 0
      sumA += valueA
      sumB += valueB
      squaresA += valueA * valueA
      squaresB += valueB * valueB
      products += valueA * valueB
    }
  }
  const count = WINDOW * WINDOW
  const meanA = sumA / count
  const meanB = sumB / count
  const variance = (squaresA + squaresB) / count - meanA * meanA - meanB * meanB
  const covariance = products / count - meanA * meanB
  return (
    ((2 * meanA * meanB + LUMINANCE_STABILISER) * (2 * covariance + CONTRAST_STABILISER)) /
    ((meanA * meanA + meanB * meanB + LUMINANCE_STABILISER) * (variance + CONTRAST_STABILISER))
  )
}

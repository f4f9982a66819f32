/** Limited range of ITU-R BT.601: black of each plane, and the steps from it to white or to the fullest colour. */
export const BLACK_LUMA = 16
export const LUMA_STEPS = 219
export const NO_CHROMA = 128
export const CHROMA_STEPS = 224

/** ITU-R BT.601 §2.5.1: the parts of red, green and blue in luma. */
export const RED_LUMA = 0.299
export const BLUE_LUMA = 0.114
export const GREEN_LUMA = 1 - RED_LUMA - BLUE_LUMA

/** Full-scale Cb is (B - Y) / this, full-scale Cr (R - Y) / the other. */
export const BLUE_REACH = 2 * (1 - BLUE_LUMA)
export const RED_REACH = 2 * (1 - RED_LUMA)

export type Triple = [number, number, number]

/** R'G'B' from 0 to 1 of Y' from 0 to 1 and Cb and Cr from -0.5 to 0.5. */
export function toRgb(luma: number, cb: number, cr: number): Triple {
  const red = luma + RED_REACH * cr
  const blue = luma + BLUE_REACH * cb
  return [red, (luma - RED_LUMA * red - BLUE_LUMA * blue) / GREEN_LUMA, blue]
}

/** Undoes `toRgb`. */
export function toYcc(red: number, green: number, blue: number): Triple {
  const luma = RED_LUMA * red + GREEN_LUMA * green + BLUE_LUMA * blue
  return [luma, (blue - luma) / BLUE_REACH, (red - luma) / RED_REACH]
}

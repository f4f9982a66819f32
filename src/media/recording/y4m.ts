import type { RecordedVideo } from './ports.js'

/** What goes before each picture of a YUV4MPEG2 file. */
export const Y4M_FRAME_HEADER = new TextEncoder().encode('FRAME\n')

/** The first line of a YUV4MPEG2 file: progressive I420 with square pixels. */
export function encodeY4mHeader({ width, height, frameRate }: RecordedVideo): Uint8Array {
  const [numerator, denominator] = ratioOf(frameRate)
  return new TextEncoder().encode(
    `YUV4MPEG2 W${width} H${height} F${numerator}:${denominator} Ip A1:1 C420jpeg XYSCSS=420JPEG\n`,
  )
}

/** 29.97 is 30000/1001 (NTSC); anything else in thousandths. */
function ratioOf(frameRate: number): [number, number] {
  if (Number.isInteger(frameRate)) return [frameRate, 1]
  const ntsc = Math.round(frameRate) * 1000
  return Math.abs(ntsc / 1001 - frameRate) < 0.005 ? [ntsc, 1001] : [Math.round(frameRate * 1000), 1000]
}
